import { expect, test } from "vitest";

import { readAccessSearch } from "./access/search";
import { parseSearch, stringifySearch } from "./address";
import { readSignInSearch } from "./session/search";

test("what stands in an address stays a text, there and back", () => {
  const words = { user: "12345678901234567890", bucket: "[1,2]", key: "a b/ü+%&=.txt", group: '"true"', at: "{}" };
  expect(parseSearch(stringifySearch(words))).toEqual(words);
  expect(parseSearch("?a=1&a=2&b=&c")).toEqual({ a: "2", b: "", c: "" });
  expect(stringifySearch({ a: undefined, ended: true })).toBe("?ended=true");
  expect(stringifySearch({ a: undefined })).toBe("");
});

test("an address of the access page has what can be shown, and nothing else", () => {
  expect(readAccessSearch(parseSearch("?bucket=demo&at=garbage&x=1"))).toEqual({ bucket: "demo" });
  expect(readAccessSearch(parseSearch("?user=12345678901234567890"))).toEqual({ user: "12345678901234567890" });
  expect(readAccessSearch({ user: {}, bucket: [1] })).toEqual({});
});

test("after the sign-in one goes on at a page of the console only", () => {
  expect(readSignInSearch({ to: "/b/demo/", ended: "true", name: "bob" })).toEqual({ to: "/b/demo/", ended: true, name: "bob" });
  for (const to of ["//evil.example", "/\\evil.example", "https://evil.example", 7, ""]) expect(readSignInSearch({ to, ended: "no" })).toEqual({});
});
