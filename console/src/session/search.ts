/** What the address of the sign-in page says. */
export interface SignInSearch {
  /** Where to go on. */
  to?: string;
  /** Whether a session ended. */
  ended?: boolean;
  /** Whose password was set. */
  name?: string;
}

/** Reads the address. What leads out of the console leads nowhere. */
export function readSignInSearch(search: Record<string, unknown>): SignInSearch {
  const { to, ended, name } = search;
  return {
    ...(typeof to === "string" && /^\/(?![/\\])/.test(to) ? { to } : {}),
    ...(String(ended) === "true" ? { ended: true } : {}),
    ...(typeof name === "string" ? { name } : {}),
  };
}
