import { expect, test, vi } from "vitest";

import { Problem } from "../api/problem";
import { readConfig } from "../config";
import { objectUrl, remove } from "./gateway";
import { pathOf } from "./path";
import { presign } from "./presign";

test("a key that a browser takes for another one has no path", () => {
  for (const key of ["../tour/x", "odd/../hi.txt", "a/./c", "a/..", "."]) expect(() => pathOf("demo", key)).toThrow(Problem);
  expect(() => pathOf("..")).toThrow(Problem);
  expect(pathOf("demo", "a b/..c/.d")).toBe("/demo/a%20b/..c/.d");
  // What is escaped once more is not resolved.
  expect(new URL(`https://gateway.example${pathOf("demo", "%2e%2e/x")}`).pathname).toBe("/demo/%252e%252e/x");
});

test("nothing is sent for such a key", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ gateway: { endpoint: "https://gateway.example", region: "r" }, issuers: [] })));
  await readConfig();
  const sent = vi.fn();
  vi.stubGlobal("fetch", sent);
  expect(objectUrl("demo", "a//b")).toBe("https://gateway.example/demo/a//b");
  await expect(remove("demo", "odd/../hi.txt")).rejects.toThrow(Problem);
  const ask = { method: "GET", endpoint: "https://gateway.example", region: "r", bucket: "demo", key: "../x", query: {}, lives: 1, now: new Date() } as const;
  await expect(presign(ask, { accessKeyId: "a", secretAccessKey: "b", sessionToken: "c" })).rejects.toThrow(Problem);
  expect(sent).not.toHaveBeenCalled();
  vi.unstubAllGlobals();
});
