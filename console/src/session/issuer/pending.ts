/** A sign-in that was begun in this tab, while its user is at the auth service. Nothing of it lets anybody in. */
export interface Pending {
  state: string;
  /** The alias of the auth service. */
  alias: string;
  /** What its ID token must repeat. */
  nonce: string;
  /** What proves that the code was asked for here (RFC 7636). */
  verifier: string;
  /** Where to go on in the console. */
  to: string;
}

const KEY = "cargo.sign-in";

/** Keeps it while the browser is elsewhere. */
export function keepPending(pending: Pending): void {
  window.sessionStorage.setItem(KEY, JSON.stringify(pending));
}

/** Takes it: an answer counts once. */
export function takePending(): Pending | null {
  const text = window.sessionStorage.getItem(KEY);
  window.sessionStorage.removeItem(KEY);
  return text === null ? null : (JSON.parse(text) as Pending);
}
