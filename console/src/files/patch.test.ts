import { expect, test } from "vitest";

import type { Page } from "./gateway";
import { without, withArrived } from "./patch";

const item = (key: string, size = 1) => ({ key, size, last_modified: "2026-11-29T12:00:00.000Z", etag: null });
const page = (keys: string[], next: string | null, prefixes: string[] = []): Page => {
  return { items: keys.map((key) => item(key)), prefixes, next_page_token: next };
};
const keys = (pages: Page[]) => pages.map((one) => one.items.map(({ key }) => key).join(""));
const arrived = (pages: Page[], key: string, size = 1) => withArrived(pages, "", item(key, size));

test("what has arrived stands where a listing would have it", () => {
  const pages = [page(["b", "d"], "1"), page(["f", "h"], null)];
  expect(["a", "c", "e", "i", "d"].map((key) => keys(arrived(pages, key)))).toEqual([
    ["abd", "fh"],
    ["bcd", "fh"],
    ["bd", "efh"],
    ["bd", "fhi"],
    ["bd", "fh"],
  ]);
  expect(keys(arrived([page([], null)], "a"))).toEqual(["a"]);
  expect(arrived(pages, "f", 9)[1]?.items[0]?.size).toBe(9);
  expect(keys(arrived([page(["b"], "1", ["e/"]), page(["f"], null)], "d"))).toEqual(["bd", "f"]);
});

test("what has arrived in a folder below stands there as that folder, once", () => {
  const below = (pages: Page[], key: string) => withArrived(pages, "x/", item(key)).map(({ prefixes }) => prefixes);
  const pages = [page([], "1", ["x/b/", "x/d/"]), page(["x/e"], null)];
  expect(below(pages, "x/a/1")).toEqual([["x/a/", "x/b/", "x/d/"], []]);
  expect(below(pages, "x/b/c/1")).toEqual([["x/b/", "x/d/"], []]);
  expect(below(pages, "x/z/")).toEqual([["x/b/", "x/d/"], ["x/z/"]]);
  expect(below([page([], "1", ["x/b/"])], "x/z/1")).toEqual([["x/b/"]]);
});

test("what replaces the last object of the loaded pages stays there", () => {
  expect(keys(arrived([page(["a", "c"], "1")], "c", 9))).toEqual(["ac"]);
  expect(keys(arrived([page(["a", "c"], "1"), page(["d"], null)], "c", 9))).toEqual(["ac", "d"]);
});

test("what lies behind the loaded pages comes with its page", () => {
  expect(keys(arrived([page(["b"], "1")], "c"))).toEqual(["b"]);
  expect(keys(arrived([page([], "1")], "c"))).toEqual([""]);
});

test("what was deleted is gone, and other pages are the same", () => {
  const pages = [page(["a"], "1"), page(["b", "c"], null)];
  const left = without(pages, new Set(["b"]));
  expect(keys(left)).toEqual(["a", "c"]);
  expect(left[0]).toBe(pages[0]);
});
