import { useCallback, useSyncExternalStore } from "react";

import { session, useSession, type Session } from "../session/session";
import { idOfWho } from "../session/who";
import { NO_EDITS, type Edits } from "./staged";

/** The edits that are not saved, by their author and their bucket. They are in memory only. */
const kept = new Map<string, Edits>();
const listeners = new Set<() => void>();

/** Whoever leaves the console is asked first, on whichever page they are: what they have not saved would be lost. */
function ask(event: BeforeUnloadEvent): void {
  if (hasEdits(kept.keys(), session())) event.preventDefault();
}

/** Where the edits of somebody are kept. */
export function placeOf(author: Session | null, bucket: string): string {
  return `${author === null ? "" : idOfWho(author)}\n${bucket}`;
}

/**
 * Whether who is at the page has edits in one of these places. Nobody is asked about those of another person; while nobody is
 * signed in, their author may come back.
 */
export function hasEdits(places: Iterable<string>, author: Session | null): boolean {
  return [...places].some((place) => author === null || place.startsWith(placeOf(author, "")));
}

function keep(key: string, edits: Edits): void {
  if (edits.size === 0) kept.delete(key);
  else kept.set(key, edits);
  if (kept.size === 0) window.removeEventListener("beforeunload", ask);
  else window.addEventListener("beforeunload", ask);
  listeners.forEach((tell) => tell());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * The edits of a bucket that are not saved. They are kept while other pages are looked at, and found again by their
 * author who had to sign in anew.
 */
export function useStaged(bucket: string): [Edits, (by: (edits: Edits) => Edits) => void] {
  const key = placeOf(useSession(), bucket);
  const edits = useSyncExternalStore(subscribe, () => kept.get(key) ?? NO_EDITS);
  const change = useCallback(
    (by: (edits: Edits) => Edits) => {
      keep(key, by(kept.get(key) ?? NO_EDITS));
    },
    [key],
  );
  return [edits, change];
}
