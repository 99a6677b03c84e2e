import type { Row } from "./rows";

/**
 * What is typed before folders are deleted, which are more than what is seen: the name of one, or how many files there are
 * in several, or in one whose name shows nothing. `null` where there is no folder.
 */
export function toType(folders: readonly Row[], files: number): string | null {
  const [first, ...others] = folders;
  if (first === undefined) return null;
  const name = first.name.replace(/\/$/, "");
  return others.length > 0 || name.trim() === "" ? String(files) : name;
}

/** Whether it was typed. Spaces at the ends of a name are not seen, so nobody is asked for them. */
export function isTyped(typed: string, wanted: string | null): boolean {
  return wanted === null || typed.trim() === wanted.trim();
}
