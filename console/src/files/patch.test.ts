import { expect, test } from "vitest";

import type { Page } from "./gateway";
import { without, withItem } from "./patch";

const item = (key: string, size = 1) => ({ key, size, last_modified: "2026-11-29T12:00:00.000Z", etag: null });
const page = (keys: string[], next: string | null): Page => {
  return { items: keys.map((key) => item(key)), prefixes: [], next_page_token: next };
};
const keys = (pages: Page[]) => pages.map((one) => one.items.map(({ key }) => key).join(""));

test("what has arrived stands where a listing would have it", () => {
  const pages = [page(["b", "d"], "1"), page(["f", "h"], null)];
  expect(["a", "c", "e", "i", "d"].map((key) => keys(withItem(pages, item(key))))).toEqual([
    ["abd", "fh"],
    ["bcd", "fh"],
    ["bd", "efh"],
    ["bd", "fhi"],
    ["b", "dfh"],
  ]);
  expect(keys(withItem([page([], null)], item("a")))).toEqual(["a"]);
  expect(withItem(pages, item("f", 9))[1]?.items[0]?.size).toBe(9);
});

test("what lies behind the loaded pages comes with its page", () => {
  expect(keys(withItem([page(["b"], "1")], item("c")))).toEqual(["b"]);
  expect(keys(withItem([page([], "1")], item("c")))).toEqual([""]);
});

test("what was deleted is gone, and other pages are the same", () => {
  const pages = [page(["a"], "1"), page(["b", "c"], null)];
  const left = without(pages, new Set(["b"]));
  expect(keys(left)).toEqual(["a", "c"]);
  expect(left[0]).toBe(pages[0]);
});
