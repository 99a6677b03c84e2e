import type { Item, Page } from "./gateway";

/**
 * The loaded pages of a folder with an object that has just arrived in it or below, so that nothing is listed again: a
 * large folder would be listed from its beginning. What is behind the last loaded page comes with its page.
 */
export function withArrived(pages: readonly Page[], folder: string, item: Item): Page[] {
  const end = item.key.indexOf("/", folder.length);
  return end === -1 ? withItem(pages, item) : withFolder(pages, item.key.slice(0, end + 1));
}

/** The loaded pages without some objects. */
export function without(pages: readonly Page[], keys: ReadonlySet<string>): Page[] {
  return pages.map((page) => {
    const left = page.items.filter((item) => !keys.has(item.key));
    return left.length === page.items.length ? page : { ...page, items: left };
  });
}

function withItem(pages: readonly Page[], item: Item): Page[] {
  // Where it stands, if it is there already: the place of the last one of a page is not behind that page.
  const at = pageOf(pages, item.key);
  return without(pages, new Set([item.key])).map((page, index) => {
    return index === at ? { ...page, items: inserted(page.items, item, ({ key }) => key) } : page;
  });
}

function withFolder(pages: readonly Page[], folder: string): Page[] {
  if (pages.some((page) => page.prefixes.includes(folder))) return [...pages];
  const at = pageOf(pages, folder);
  return pages.map((page, index) => {
    return index === at ? { ...page, prefixes: inserted(page.prefixes, folder, (prefix) => prefix) } : page;
  });
}

/** The page on which a key or folder stands, or `-1`. */
function pageOf(pages: readonly Page[], key: string): number {
  return pages.findIndex((page, index) => {
    const isEnd = index === pages.length - 1 && page.next_page_token === null;
    const last = lastOf(page);
    return isEnd || (last !== undefined && key <= last);
  });
}

/** The key or folder with which a page ends: its objects and folders are in one order. */
function lastOf({ items, prefixes }: Page): string | undefined {
  const [item, folder] = [items.at(-1)?.key, prefixes.at(-1)];
  if (item === undefined || folder === undefined) return item ?? folder;
  return item < folder ? folder : item;
}

function inserted<One>(all: readonly One[], one: One, keyOf: (one: One) => string): One[] {
  const at = all.findIndex((other) => keyOf(one) < keyOf(other));
  const place = at === -1 ? all.length : at;
  return [...all.slice(0, place), one, ...all.slice(place)];
}
