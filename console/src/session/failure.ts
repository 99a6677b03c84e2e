let failure: unknown = null;

/** Keeps why the sign-in at an auth service that led here did not come about. */
export function setFailure(problem: unknown): void {
  failure = problem;
}

/** Why the sign-in at an auth service that led here did not come about; `null` if none led here. */
export function lastFailure(): unknown {
  return failure;
}
