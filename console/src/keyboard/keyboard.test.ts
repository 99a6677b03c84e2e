import { expect, test } from "vitest";

import type { Session } from "../session/session";
import { read } from "./chord";
import { pagesOf } from "./pages";
import { shortcutsOf } from "./shortcuts";

const key = (name: string, more = {}) => ({ key: name, ctrlKey: false, metaKey: false, altKey: false, ...more });

test("a letter behind g goes to a page, for a while", () => {
  expect(read(key("g"), null, 0)).toEqual({ kind: "begun" });
  expect(read(key("t"), 100, 200)).toEqual({ kind: "go", key: "t" });
  expect(read(key("t"), 100, 5000)).toEqual({ kind: "none" });
  expect(read(key("g", { ctrlKey: true }), null, 0)).toEqual({ kind: "none" });
  expect(read(key("?"), null, 0)).toEqual({ kind: "help" });
});

test("the menu has the pages that somebody can use, and the help their keys", () => {
  const pages = (who: object) => pagesOf({ who } as unknown as Session).map((page) => page.to);
  expect(pages({ actor: "user", project: "p" })).toEqual(["/", "/access", "/try"]);
  expect(pages({ actor: "root", project: "p", scopes: ["audit:read"] })).toEqual(["/", "/audit"]);
  expect(pages({ actor: "root", project: "p", scopes: ["grants:read"] })).toEqual(["/", "/access", "/try"]);
  expect(pages({ actor: "operator", project: null })).toEqual(["/", "/audit"]);
  const help = shortcutsOf("/b/x/", pagesOf({ who: { actor: "user", project: "p" } } as unknown as Session));
  expect(help.map((group) => group.title)).toEqual(["On this page", "Everywhere"]);
  expect(help[1]?.shortcuts.map((one) => one.keys.join(" "))).toEqual(["g f", "g a", "g t", "?", "Esc"]);
});
