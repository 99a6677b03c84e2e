/** Where a key leads from a row; `null` if it leads nowhere. */
export function step(key: string, at: number, count: number, page: number): number | null {
  if (count === 0) return null;
  const end = count - 1;
  const to: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: end,
  };
  const wanted = to[key];
  return wanted === undefined ? null : Math.min(end, Math.max(0, wanted));
}
