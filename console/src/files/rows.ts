import type { Page } from "./gateway";
import { folderOf, nameOf } from "./names";

/** A row of the files page: an object, or a folder. */
export interface Row {
  key: string;
  name: string;
  isFolder: boolean;
  size: number | null;
  changed: Date | null;
}

/** The rows of a page of a listing. The object that stands for the folder itself is none. */
export function rowsOf(prefix: string): (page: Page) => Row[] {
  const folder = folderOf(prefix);
  return (page) => {
    const folders = page.prefixes.map((key): Row => {
      return { key, name: key.slice(folder.length), isFolder: true, size: null, changed: null };
    });
    const files = page.items
      .filter((item) => item.key !== folder)
      .map((item): Row => {
        const { key, size } = item;
        return { key, name: nameOf(key), isFolder: false, size, changed: new Date(item.last_modified) };
      });
    return [...folders, ...files];
  };
}

export type Column = "name" | "size" | "changed";

const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Compares two rows: folders come before files, whatever the column. */
export function compare(one: Row, other: Row, column: Column): number {
  if (column === "size") return (one.size ?? -1) - (other.size ?? -1);
  if (column === "changed") return (one.changed?.getTime() ?? 0) - (other.changed?.getTime() ?? 0);
  return COLLATOR.compare(one.name, other.name);
}
