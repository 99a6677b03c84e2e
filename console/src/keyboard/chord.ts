/** How long the second key of a chord is waited for, in milliseconds. */
export const PATIENCE = 1500;

/** What a key press means on a page: a part of it that computes. */
export type Press =
  | { kind: "none" }
  /** `g`: another key follows. */
  | { kind: "begun" }
  | { kind: "go"; key: string }
  | { kind: "help" };

interface Event {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** Reads a key press. `begun` is when `g` was pressed, in milliseconds; `null` if it was not. */
export function read(event: Event, begun: number | null, now: number): Press {
  if (event.ctrlKey || event.metaKey || event.altKey) return { kind: "none" };
  if (begun !== null && now - begun <= PATIENCE) return { kind: "go", key: event.key };
  if (event.key === "g") return { kind: "begun" };
  return event.key === "?" ? { kind: "help" } : { kind: "none" };
}

/** Whether somebody types there, so that no key is a shortcut. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit"].includes(target.type);
}
