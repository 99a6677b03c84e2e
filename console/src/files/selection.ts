/** The elements between two places, both included, whichever comes first. */
export function range<T>(all: readonly T[], one: number, other: number): readonly T[] {
  return all.slice(Math.min(one, other), Math.max(one, other) + 1);
}
