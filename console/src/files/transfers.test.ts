import { expect, test, vi } from "vitest";

import { readConfig } from "../config";
import { copy, isInside, overlapOf, stepsOf, targetOf } from "./copy";
import { folderTyped } from "./names";
import { rateOf, secondsLeft, withSample, type Sample } from "./pace";
import { copiedRanges, MIB, partSize } from "./parts";
import { flawOf } from "./useTransfer";
import { decodeWords } from "./words";
import { elements, textOf } from "./xml";

const GIB = 1024 * MIB;
const row = (key: string) => {
  const name = key.split("/").at(key.endsWith("/") ? -2 : -1) ?? "";
  return { key, name, isFolder: key.endsWith("/"), size: 1, changed: null };
};

test("an object has parts that S3 takes, and few enough", () => {
  expect(partSize(24 * MIB)).toBe(8 * MIB);
  expect(partSize(8 * GIB)).toBe(9 * MIB);
  expect(partSize(200 * GIB)).toBe(64 * MIB);
  for (const size of [1, 16 * MIB, 62 * GIB, 700 * GIB, 5 * 1024 * GIB]) {
    expect(size / partSize(size)).toBeLessThanOrEqual(10_000);
    expect(partSize(size)).toBeLessThanOrEqual(5 * GIB);
  }
});

test("a copy in parts covers each byte once", () => {
  for (const size of [5 * GIB + 1, 6 * GIB, 5 * 1024 * GIB]) {
    const ranges = copiedRanges(size);
    expect(ranges.length).toBeLessThanOrEqual(10_000);
    expect(ranges[0]?.first).toBe(0);
    expect(ranges.at(-1)?.last).toBe(size - 1);
    expect(ranges.every(({ first }, at) => at === 0 || first === (ranges[at - 1]?.last ?? 0) + 1)).toBe(true);
  }
});

test("the pace is that of the last seconds, and is not told too early", () => {
  const run = (all: Sample[]) => all.reduce<readonly Sample[]>((so, one) => withSample(so, one), []);
  expect(rateOf(run([{ at: 0, bytes: 0 }, { at: 500, bytes: 9 }]))).toBeNull();
  expect(rateOf(run([{ at: 0, bytes: 0 }, { at: 1000, bytes: 500 }, { at: 2000, bytes: 1000 }]))).toBe(500);
  const slower = run([{ at: 0, bytes: 0 }, { at: 10_000, bytes: 1e6 }, { at: 14_000, bytes: 1e6 + 40 }, { at: 19_000, bytes: 1e6 + 90 }]);
  expect(rateOf(slower)).toBe(10);
  expect(run([{ at: 0, bytes: 9 }, { at: 1000, bytes: 4 }])).toEqual([{ at: 1000, bytes: 4 }]);
  expect(secondsLeft(10, 50, 100)).toBe(5);
  expect(secondsLeft(null, 50, 100)).toBeNull();
});

test("a copy stands at its target with what is below it", () => {
  expect(targetOf(row("a/x.txt"), "a/x.txt", "b/")).toBe("b/x.txt");
  expect(targetOf(row("a/x.txt"), "a/x.txt", "a/", "y.txt")).toBe("a/y.txt");
  expect(targetOf(row("a/b/"), "a/b/c/x", "d/")).toBe("d/b/c/x");
  expect(targetOf(row("a/b/"), "a/b/c/x", "a/", "z")).toBe("a/z/c/x");
  expect(targetOf(row("a/b/"), "a/b/", "")).toBe("b/");
  const item = { key: "a/x", size: 3, last_modified: "", etag: null };
  expect(stepsOf("one", row("a/x"), [item], { bucket: "two", key: "" })).toEqual([
    { from: { bucket: "one", key: "a/x" }, to: { bucket: "two", key: "x" }, size: 3 },
  ]);
  expect(isInside(row("a/"), "a/b/")).toBe(true);
  expect(flawOf("one", [row("a/")], { bucket: "one", key: "a/b/" })).toBe("inside");
  expect(flawOf("one", [row("a/x")], { bucket: "one", key: "a/" })).toBe("same");
  expect(flawOf("one", [row("a/x")], { bucket: "two", key: "a/" })).toBeNull();
  expect(flawOf("one", [row("a/x")], { bucket: "one", key: "a/" }, "y")).toBeNull();
  expect(["", " / ", "a", "/a/b/"].map((one) => folderTyped(one))).toEqual(["", "", "a/", "a/b/"]);
  const below = (before: string) => (typed: string) => folderTyped(typed, before);
  expect([" lead/", " lead/sub", " lead/ /x", "lead"].map(below(" lead/"))).toEqual([" lead/", " lead/sub/", " lead/x/", "lead/"]);
  expect(["/", "/x", ""].map(below("/"))).toEqual(["/", "/x/", ""]);
});

test("a transfer that would write over what it still reads is seen", () => {
  const items = ["a/a/a/f", "a/a/f"].map((key) => ({ key, size: 1, last_modified: "", etag: null }));
  const folder = { key: "a/a/", name: "a/", isFolder: true, size: null, changed: null } as unknown as Parameters<typeof stepsOf>[1];
  expect(overlapOf(stepsOf("one", folder, items, { bucket: "one", key: "" }))).toBe("a/a/f");
  expect(overlapOf(stepsOf("one", folder, items, { bucket: "one", key: "b/" }))).toBeNull();
  expect(overlapOf(stepsOf("one", folder, items, { bucket: "two", key: "" }))).toBeNull();
});

test("answers of S3 are read", () => {
  const xml = "<T><Tag><Key>a&amp;b</Key><Value>&#x20AC;&#49;</Value></Tag><Tag><Key>c</Key><Value></Value></Tag></T>";
  expect(elements(xml, "Tag").map((one) => [textOf(one, "Key"), textOf(one, "Value")])).toEqual([["a&b", "€1"], ["c", ""]]);
  expect(textOf(xml, "None")).toBeNull();
  expect(decodeWords("=?UTF-8?B?S8OkdHpjaGVu?= =?utf-8?q?_=3D?= x")).toBe("Kätzchen = x");
  expect(decodeWords("=?no-such?B?AA==?=")).toBe("=?no-such?B?AA==?=");
});

test("a large copy has the tags of its source; where they may not be given, nothing is copied", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ gateway: { endpoint: "https://gateway.example", region: "r" }, issuers: [] })));
  await readConfig();
  const step = { from: { bucket: "b", key: "a" }, to: { bucket: "b", key: "c" }, size: 5 * GIB + 1 };
  const tagged = "<Tagging><TagSet><Tag><Key>a b</Key><Value>x&amp;y=ü</Value></Tag><Tag><Key>k</Key><Value></Value></Tag></TagSet></Tagging>";
  const copied = "<R><UploadId>u</UploadId><ETag>e</ETag></R>";
  const headers = { "content-length": String(step.size), etag: '"e"', "x-amz-version-id": "v+1" };
  const asked: string[] = [];
  const begins: (string | null)[] = [];
  const serve = (tags: Response, begin: () => Response) => {
    asked.length = 0;
    begins.length = 0;
    vi.stubGlobal("fetch", (url: string, { method = "GET", headers: sent }: { method?: string; headers?: Record<string, string> }) => {
      const { pathname, search } = new URL(url);
      asked.push(`${method} ${pathname}${search.replace(/=.*/, "")}`);
      if (method === "HEAD") return Promise.resolve(new Response(null, { headers }));
      if (search.startsWith("?tagging=")) expect(search, "the tags are those of what is copied").toBe("?tagging=&versionId=v%2B1");
      if (search.startsWith("?tagging=")) return Promise.resolve(tags);
      if (search !== "?uploads=") return Promise.resolve(new Response(copied));
      begins.push(sent?.["x-amz-tagging"] ?? null);
      return Promise.resolve(begin());
    });
  };
  serve(new Response(tagged), () => new Response(copied));
  await copy(step);
  expect(begins).toEqual(["a%20b=x%26y%3D%C3%BC&k="]);
  expect(asked.at(-1)).toBe("POST /b/c?uploadId");

  serve(new Response("", { status: 501 }), () => new Response(copied));
  await copy(step);
  expect(begins, "a storage that knows no tags").toEqual([null]);

  serve(new Response("<Error><Code>NoSuchTagSet</Code></Error>", { status: 404 }), () => new Response(copied));
  await copy(step);
  expect(begins, "an object without tags").toEqual([null]);

  const refusal = { status: 403, headers: { "x-cargo-refusal": "403 tags_need_root" } };
  serve(new Response(tagged), () => new Response("<Error><Code>AccessDenied</Code></Error>", refusal));
  await expect(copy(step)).rejects.toThrow("a has tags");
  expect(asked.filter((one) => one.startsWith("PUT") || one.startsWith("DELETE"))).toEqual([]);
  vi.unstubAllGlobals();
});
