import { useCallback, useEffect, useSyncExternalStore } from "react";

import { useSession } from "../session/session";
import { idOfWho } from "../session/who";
import { NO_EDITS, type Edits } from "./staged";

/** The edits that are not saved, by their author and their bucket. They are in memory only. */
const kept = new Map<string, Edits>();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * The edits of a bucket that are not saved. They are kept while other pages are looked at, and found again by their
 * author who had to sign in anew.
 */
export function useStaged(bucket: string): [Edits, (by: (edits: Edits) => Edits) => void] {
  const session = useSession();
  const key = `${session === null ? "" : idOfWho(session)}\n${bucket}`;
  const edits = useSyncExternalStore(subscribe, () => kept.get(key) ?? NO_EDITS);
  const change = useCallback(
    (by: (edits: Edits) => Edits) => {
      kept.set(key, by(kept.get(key) ?? NO_EDITS));
      listeners.forEach((tell) => tell());
    },
    [key],
  );
  useEffect(() => {
    if (edits.size === 0) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [edits]);
  return [edits, change];
}
