import { useBlocker } from "@tanstack/react-router";

import { session } from "../session/session";

/** Keeps the page while something is done object by object: whoever leaves would leave it half done, unseen. */
export function useStay(isBusy: boolean): void {
  useBlocker({ shouldBlockFn: isSignedIn, enableBeforeUnload: isBusy, disabled: !isBusy });
}

/** Whose sign-in has ended goes to the page of the sign-in, whatever is under way. */
function isSignedIn(): boolean {
  return session() !== null;
}
