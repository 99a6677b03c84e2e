import { expect, test } from "vitest";

import { HEAD, lineOf } from "./csv";
import type { AuditEvent } from "./events";
import { lineReader } from "./export";
import { fits, queryOf, searchOf } from "./filters";
import { eventReader } from "./sse";
import { unloaded, withEvent } from "./useTail";

function event(id: string, more: Partial<AuditEvent> = {}): AuditEvent {
  const known = { at: "2026-11-29T12:00:00Z", request_id: "r", actor: "user:ada", action: "s3:GetObject" };
  return { id, ...known, outcome: "allow", reason: "ok", detail: "signed", ...more };
}

test("an address is read whatever stands in it, and a name alone is a user's", () => {
  const search = searchOf({ actor: " ada ", bucket: 7, outcome: "maybe", since: "2026-11-29", until: "then", key: " k" });
  expect(search).toEqual({ actor: "ada", bucket: "7", since: "2026-11-29T00:00:00.000Z", key: " k" });
  expect(queryOf(search)).toEqual({ actor: "user:ada", bucket: "7", since: "2026-11-29T00:00:00.000Z" });
  expect(["nobody", "operator", "key:x", "user:bob"].map((actor) => queryOf({ actor }).actor)).toEqual([
    "nobody",
    "operator",
    "key:x",
    "user:bob",
  ]);
  expect(queryOf({ request: "r1" })).toEqual({ request_id: "r1" });
  expect([fits({ key: "a/b" }, { key: "a/" }), fits({ key: null }, { key: "a/" }), fits({}, {})]).toEqual([
    true,
    false,
    true,
  ]);
});

test("an event stream is read wherever the network cuts it", () => {
  const text = ": welcome\n\nid: 1\ndata: {\"a\":\ndata: 1}\n\nevent: problem\r\ndata: {}\r\n\r\n: keep-alive\n\n";
  for (const size of [1, 3, 7, text.length]) {
    const read = eventReader();
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
    expect(pieces.flatMap((piece) => read(piece))).toEqual([
      { type: "message", id: "1", data: '{"a":\n1}' },
      { type: "problem", id: "1", data: "{}" },
    ]);
  }
  const read = lineReader();
  expect([...read('{"a"'), ...read(':1}\n{"b":2}\n\n{'), ...read("}\n")]).toEqual(['{"a":1}', '{"b":2}', "{}"]);
});

test("new events stand in their order, each once", () => {
  const events = ["3", "1", "2", "3"].reduce<AuditEvent[]>((all, id) => withEvent(all, event(id)), []);
  expect(events.map((one) => one.id)).toEqual(["3", "2", "1"]);
});

test("what was heard stands above what is loaded, each once, and nothing stands behind a gap", () => {
  const events = (...ids: string[]) => ids.map((id) => event(id));
  const ids = (heard: AuditEvent[], loaded: AuditEvent[], hasMore: boolean) => unloaded(heard, loaded, hasMore).map((one) => one.id);
  expect(ids(events("7", "6", "5"), events("5", "4"), true)).toEqual(["7", "6"]);
  expect(ids(events("7", "6", "3"), events("9", "8"), true)).toEqual([]);
  expect(ids(events("2", "1"), events("9"), false)).toEqual(["2", "1"]);
});

test("an event is a line of all columns", () => {
  const line = lineOf(event("1", { key: "=x,y", count: 3 }));
  expect(line).toContain(`,"'=x,y",ok,signed,,3,`);
  expect(line.endsWith(",1\r\n")).toBe(true);
  expect(HEAD.split(",").length).toBe(18);
});
