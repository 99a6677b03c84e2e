import { expect, test } from "vitest";

import { addressOf, besides, crumbs, escapePath, flawOfName, folderAt, folderOf, hasDots, nameOf, parentOf, wayTo } from "./names";

test("a key stands in a path with each segment escaped", () => {
  expect(escapePath("reports/2026 überblick+50%.bin")).toBe("reports/2026%20%C3%BCberblick%2B50%25.bin");
  expect(escapePath("a//b'(c)!*")).toBe("a//b%27%28c%29%21%2A");
});

test("names, folders and the way to them", () => {
  expect(nameOf("a/b.txt")).toBe("b.txt");
  expect(nameOf("a/b/")).toBe("b/");
  expect(nameOf("c")).toBe("c");
  expect(folderOf("a/b/re")).toBe("a/b/");
  expect(folderOf("re")).toBe("");
  expect(parentOf("a/b/")).toBe("a/");
  expect(parentOf("a/")).toBe("");
  expect(crumbs("a/b/")).toEqual([
    { name: "a", prefix: "a/" },
    { name: "b", prefix: "a/b/" },
  ]);
  expect(crumbs("")).toEqual([]);

});

test("a folder has an address, whatever its names are", () => {
  for (const folder of ["", "a/", "a/b/", "a//b/", "/", "//", "~/", "~x/~~/", "a/ /", "a/../b/", "./", "~./", "~../x/", "~~../"]) {
    const address = addressOf(folder);
    expect(address).not.toMatch(/\/\/|^\/|(^|\/)\.\.?(\/|$)/);
    expect(folderAt(address)).toBe(folder);
    expect(folderAt(address.replace(/\/$/, ""))).toBe(folder);
  }
});

test("names that browsers resolve are seen", () => {
  expect(["a/../b", "..", "./a", "a/.", "a/./"].every(hasDots)).toBe(true);
  expect(["a/..b", "...", "a/.b", "%2e%2e/a", "a//b", ""].some(hasDots)).toBe(false);
});

test("a folder has a name that is one", () => {
  expect(["", " ", "a/b", ".", "..", "ä b"].map(flawOfName)).toEqual(["empty", "empty", "slash", "dots", "dots", null]);
});

test("a file beside another gets the first free number", () => {
  const taken = new Set(["x/cat (2).png"]);
  const beside = (key: string) => besides(key, (other) => taken.has(other));
  expect(beside("x/cat.png")).toBe("x/cat (3).png");
  expect(beside("x/cat")).toBe("x/cat (2)");
  expect(beside("x/cat (2).png")).toBe("x/cat (3).png");
  expect(beside("cat (2026).png")).toBe("cat (2026) (2).png");
  expect(beside(".profile")).toBe(".profile (2)");
});

test("the way to a folder begins at the bucket, and in a home there", () => {
  const home = { bucket: "homes", prefix: "home/ada/", name: "Your home" };
  const names = (bucket: string, folder: string) => wayTo(bucket, folder, home).map((one) => one.name);
  expect(names("homes", "home/ada/")).toEqual(["Your home"]);
  expect(names("homes", "home/ada/a/b/")).toEqual(["Your home", "a", "b"]);
  expect(names("homes", "home/adam/")).toEqual(["homes", "home", "adam"]);
  expect(names("photos", "home/ada/")).toEqual(["photos", "home", "ada"]);
});
