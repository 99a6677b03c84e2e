import { useEffect } from "react";

/** Runs what belongs to a key, unless something is being written, or a dialog or a menu is open. */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const act = keys[event.key];
      const isOther = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat;
      if (act === undefined || isOther || isWriting(event.target) || isCovered()) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [keys]);
}

/** Whether keys write where the focus is. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox])");
}

/** Whether something is open over the page. */
export function isCovered(): boolean {
  return document.querySelector("[role=dialog], [role=menu]") !== null;
}
