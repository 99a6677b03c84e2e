import { useEffect, useMemo, useRef, useState } from "react";

/** The row of a list that the keyboard is at. */
export interface Active {
  /** Its index; -1 where there is none, or it is gone: until a key leads to another, keys do nothing to any row. */
  at: number;
  /** The index from which a key leads to another row. */
  from: (key: string) => number;
  /** Makes a row the active one. */
  go: (index: number) => void;
  /** The keyboard comes to the list: before it was ever in it, the first row is the active one. */
  begin: () => void;
}

/** The active row of a list. It stays the same while others come and go around it. */
export function useActive<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Active {
  const [key, setKey] = useState<string | null>(null);
  const last = useRef(0);
  const at = useMemo(() => {
    return key === null ? Math.min(0, rows.length - 1) : rows.findIndex((row) => keyOf(row) === key);
  }, [rows, keyOf, key]);
  useEffect(() => {
    if (at >= 0) last.current = at;
  }, [at]);
  const go = (index: number) => {
    const row = rows[index];
    if (row !== undefined) setKey(keyOf(row));
  };
  return {
    at,
    // Where a row is gone, the next one has its place.
    from: (pressed) => (at >= 0 ? at : pressed === "ArrowDown" ? last.current - 1 : last.current),
    go,
    begin: () => {
      if (key === null) go(0);
    },
  };
}
