/** What the paths that auth services lead back to begin with, below the origin. */
const CALLBACK = "/console/callback";
/** What the issuer without an alias is called in a path. No other issuer has this alias. */
const DEFAULT = "default";

/**
 * What an auth service answers in the address it leads back to. `alias` says which auth service the address is of, `state`
 * to which sign-in the answer belongs.
 */
export type Landing = { alias: string; state: string } & (
  | { kind: "code"; code: string; iss: string | null }
  | { kind: "token"; token: string }
  | { kind: "refused"; error: string; description: string | null }
);

let kept: Landing | null = null;

/**
 * The path of an auth service: the answer to one of them is not taken for the answer of another (RFC 9700 §4.4.2.2).
 * `state` is behind it where the auth service puts nothing but a token behind the address.
 */
export function callbackOf(alias: string, state?: string): string {
  return [CALLBACK, alias === "" ? DEFAULT : alias, ...(state === undefined ? [] : [state])].join("/");
}

/**
 * Reads an address. An answer of OpenID Connect has its state among the parameters; one of a page that puts `?token=` behind
 * the address it was given has it as the last segment of the path. Each has its own number of segments, so that neither is
 * taken for the other. `null` for what is no answer.
 */
export function landingOf(path: string, search: string): Landing | null {
  if (!path.startsWith(`${CALLBACK}/`)) return null;
  const [name = "", behind, ...rest] = path.slice(CALLBACK.length + 1).split("/");
  const given = new URLSearchParams(search);
  const state = behind ?? given.get("state") ?? "";
  if (name === "" || state === "" || rest.length > 0) return null;
  const of = { alias: name === DEFAULT ? "" : name, state };
  const [code, token, error] = [given.get("code"), given.get("token"), given.get("error")];
  if (error !== null) return { ...of, kind: "refused", error, description: given.get("error_description") };
  if (behind !== undefined) return token === null ? null : { ...of, kind: "token", token };
  return code === null ? null : { ...of, kind: "code", code, iss: given.get("iss") };
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
