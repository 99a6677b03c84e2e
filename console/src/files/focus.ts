/** Gives the keyboard to the list of files, if there is one. */
export function focusFiles(): void {
  document.querySelector<HTMLElement>(".list.files .grid")?.focus({ preventScroll: true });
}

/** Whether the keyboard has no place: what had it is gone. */
export function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}
