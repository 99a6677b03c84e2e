/** What the fragment of an invitation's link begins with. */
const BEGINS = "#/invite/";

let kept: string | null = null;

/**
 * Takes the token of an invitation out of an address: what of the address may be shown, if there is one. The fragment
 * was sent to no server, and shall stand in no history either.
 */
export function tokenOf(fragment: string): string | null {
  const token = fragment.startsWith(BEGINS) ? fragment.slice(BEGINS.length) : "";
  return /^[\w.~-]+$/.test(token) ? token : null;
}

/** Takes the token out of the address bar, and keeps it in memory. */
export function takeInvitation(): void {
  if (!window.location.hash.startsWith(BEGINS)) return;
  kept = tokenOf(window.location.hash);
  window.history.replaceState(null, "", "/console/invite");
}

/** The token of the invitation whose link was opened. */
export function invitation(): string | null {
  return kept;
}
