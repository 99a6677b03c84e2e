// The instants of grants in forms: in the reader's zone, to the minute.

/** An instant as an input of the type `datetime-local` has it. */
export function localOf(instant: string | null): string {
  if (instant === null) return "";
  const at = new Date(instant);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const seconds = at.getSeconds() === 0 ? "" : `:${two(at.getSeconds())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
}

/** What an input has, as an instant. `before` stays where it was not touched: a form is less precise than the API. */
export function instantOf(local: string, before: string | null): string | null {
  if (local === "") return null;
  if (before !== null && localOf(before) === local) return before;
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
