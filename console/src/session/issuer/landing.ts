/** The path that auth services lead back to, below the origin. */
export const CALLBACK = "/console/callback";

/** What an auth service answers in the address it leads back to. `state` says to which sign-in it belongs. */
export type Landing =
  | { kind: "code"; state: string; code: string; iss: string | null }
  | { kind: "token"; state: string; token: string }
  | { kind: "refused"; state: string; error: string; description: string | null };

let kept: Landing | null = null;

/**
 * Reads an address: an answer of OpenID Connect has its state among the parameters; one of a page that puts `?token=` behind
 * the address it was given has it as the last segment of the path. `null` for what is no answer.
 */
export function landingOf(path: string, search: string): Landing | null {
  if (path !== CALLBACK && !path.startsWith(`${CALLBACK}/`)) return null;
  const given = new URLSearchParams(search);
  const state = given.get("state") ?? path.slice(CALLBACK.length + 1);
  const [code, token, error] = [given.get("code"), given.get("token"), given.get("error")];
  if (state === "") return null;
  if (error !== null) return { kind: "refused", state, error, description: given.get("error_description") };
  if (code !== null) return { kind: "code", state, code, iss: given.get("iss") };
  if (token !== null) return { kind: "token", state, token };
  return null;
}

/** Takes the answer out of the address bar and out of the history, and keeps it in memory. */
export function takeLanding(): void {
  const { pathname, search } = window.location;
  kept = landingOf(pathname, search);
  if (pathname.startsWith(CALLBACK)) window.history.replaceState(null, "", "/console/sign-in");
}

/** The answer of the auth service that led here. */
export function landing(): Landing | null {
  return kept;
}
