import { expect, test } from "vitest";

import { duration, size } from "./format";
import { inTurns } from "./inTurns";
import { may } from "./may";
import { kindOf } from "./preview";
import { compare, rowsOf } from "./rows";
import { step } from "../ui/step";
import { range } from "./selection";
import { isTyped, toType } from "./toType";

test("sizes are short", () => {
  expect([0, 1023, 1024, 1536, 20 * 1024 * 1024, 1023.6 * 1024].map(size)).toEqual([
    "0 B",
    "1023 B",
    "1.0 KB",
    "1.5 KB",
    "20.0 MB",
    "1.0 MB",
  ]);
  expect([0.2, 59, 60, 7200, Infinity].map(duration)).toEqual(["1 s", "59 s", "1 min", "2.0 h", ""]);
});

test("rows are folders and files, without the folder itself", () => {
  const item = (key: string) => ({ key, size: 1, last_modified: "2026-11-29T12:00:00.000Z", etag: "" });
  const page = { items: [item("a/"), item("a/x.txt")], prefixes: ["a/b/"], next_page_token: null };
  expect(rowsOf("a/")(page).map(({ name, isFolder }) => [name, isFolder])).toEqual([
    ["b/", true],
    ["x.txt", false],
  ]);
  expect(rowsOf("a/x")(page).map((row) => row.name)).toEqual(["b/", "x.txt"].slice(0, 2));
  const [one, other] = [{ name: "x10", size: 2 }, { name: "x9", size: 3 }].map((row) => {
    return { key: row.name, isFolder: false, changed: null, ...row };
  });
  if (one === undefined || other === undefined) throw new Error("two rows");
  expect(compare(one, other, "name")).toBeGreaterThan(0);
  expect(compare(one, other, "size")).toBeLessThan(0);
});

test("what somebody may do is what the bucket or a prefix allows", () => {
  const held = {
    bucket: "b",
    permissions: ["read" as const],
    prefixes: [{ prefix: "in/", permissions: ["write" as const] }],
  };
  expect(may(held, "read", "x")).toBe(true);
  expect(may(held, "list", "x")).toBe(true);
  expect(may(held, "write", "")).toBe(false);
  expect(may(held, "write", "in/deep/")).toBe(true);
  expect(may(held, "delete", "in/")).toBe(false);
  expect(may(undefined, "list", "")).toBe(false);
});

test("nothing that can run is shown as what it is", () => {
  for (const name of ["x.svg", "x.HTML", "a/x.js", "x.xml"]) expect(kindOf(name)).toEqual({ shows: "text" });
  expect(kindOf("x.PNG")).toEqual({ shows: "image", type: "image/png" });
  expect(kindOf("a.pdf")).toEqual({ shows: "pdf", type: "application/pdf" });
  expect(kindOf("x.bin")).toBeNull();
});

test("before a folder is deleted, its name is typed, or how many files it has", () => {
  const folders = (...names: string[]) => names.map((name) => ({ key: name, name, isFolder: true, size: null, changed: null }));
  expect([folders(), folders("a b/"), folders("a/", "b/"), folders("/"), folders("  /"), folders(" lead/")].map((one) => toType(one, 7))).toEqual([
    null,
    "a b",
    "7",
    "7",
    "7",
    " lead",
  ]);
  expect(isTyped("", null)).toBe(true);
  expect(isTyped("", "7")).toBe(false);
  for (const typed of [" lead", "lead", "lead "]) expect(isTyped(typed, " lead")).toBe(true);
  expect(isTyped("Lead", " lead")).toBe(false);
});

test("keys move among the rows", () => {
  expect(step("ArrowDown", 4, 5, 10)).toBe(4);
  expect(step("ArrowUp", 4, 5, 10)).toBe(3);
  expect(step("PageUp", 4, 5, 10)).toBe(0);
  expect(step("End", 0, 5, 10)).toBe(4);
  expect(step("x", 0, 5, 10)).toBeNull();
  expect(step("Home", 0, 0, 10)).toBeNull();
  expect(range([0, 1, 2, 3], 3, 1)).toEqual([1, 2, 3]);
});

test("a failure ends what is done in turns, after those under way", async () => {
  const seen: number[] = [];
  await inTurns([1, 2, 3], 2, (one) => Promise.resolve(void seen.push(one)));
  expect(seen).toEqual([1, 2, 3]);
  const fail = inTurns([1, 2, 3, 4, 5, 6], 2, (one) => {
    seen.push(one);
    return one === 2 ? Promise.reject(new Error("no")) : Promise.resolve();
  });
  await expect(fail).rejects.toThrow("no");
  expect(seen.length).toBeLessThan(9);
});
