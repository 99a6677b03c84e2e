import type { Item, Page } from "./gateway";

/**
 * The loaded pages with an object that has just arrived, so that nothing is listed again: a large folder would be listed
 * from its beginning. An object behind the last loaded page comes with its page.
 */
export function withItem(pages: readonly Page[], item: Item): Page[] {
  const without_ = without(pages, new Set([item.key]));
  const at = without_.findIndex((page, index) => {
    const last = page.items.at(-1);
    const isLast = index === without_.length - 1;
    return isLast ? page.next_page_token === null || comesBefore(item, last) : comesBefore(item, last);
  });
  return without_.map((page, index) => (index === at ? { ...page, items: inserted(page.items, item) } : page));
}

/** The loaded pages without some objects. */
export function without(pages: readonly Page[], keys: ReadonlySet<string>): Page[] {
  return pages.map((page) => {
    const left = page.items.filter((item) => !keys.has(item.key));
    return left.length === page.items.length ? page : { ...page, items: left };
  });
}

function comesBefore(item: Item, other: Item | undefined): boolean {
  return other !== undefined && item.key < other.key;
}

function inserted(items: readonly Item[], item: Item): Item[] {
  const at = items.findIndex((other) => item.key < other.key);
  const place = at === -1 ? items.length : at;
  return [...items.slice(0, place), item, ...items.slice(place)];
}
