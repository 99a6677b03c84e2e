import { useSyncExternalStore } from "react";

import type { components } from "../api/schema";
import type { Renewal } from "./issuer/client";

export type Whoami = components["schemas"]["Whoami"];

/** How somebody signed in: which says how the sign-in goes on. */
export type Way =
  | { kind: "account"; id: string; name: string }
  | { kind: "issuer"; name: string | null; renewal: Renewal | null }
  | { kind: "pasted" };

/** Somebody who signed in. It is in memory only. */
export interface Session {
  /** What stands behind `Authorization: Bearer`. */
  bearer: string;
  way: Way;
  who: Whoami;
  /** When the bearer ends; `null` for a key without an end. */
  ends: Date | null;
}

let current: Session | null = null;
let noticed = false;
const listeners = new Set<() => void>();

/** The present session. */
export function session(): Session | null {
  return current;
}

/** Replaces the session, and tells the pages. */
export function setSession(next: Session | null): void {
  current = next;
  noticed = false;
  listeners.forEach((tell) => tell());
}

/** Says that the session ends soon and cannot be renewed. */
export function noticeEnd(): void {
  noticed = true;
  listeners.forEach((tell) => tell());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The session, in a component. */
export function useSession(): Session | null {
  return useSyncExternalStore(subscribe, session);
}

/** Whether the session ends soon and cannot be renewed, in a component. */
export function useEndNotice(): boolean {
  return useSyncExternalStore(subscribe, () => noticed);
}
