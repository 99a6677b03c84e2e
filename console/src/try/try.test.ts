import { expect, test } from "vitest";

import type { Session } from "../session/session";
import type { Answer, Exchange } from "./ask";
import { commandLine, curl } from "./copies";
import { changeFor, endDiffers, gapsOf, placesFor, type Grant } from "./grant";
import { actionOf, OPERATIONS } from "./operations";
import { policyTest } from "./policyTest";
import { EMPTY, questionOf, searchOf, type Draft, type Question } from "./question";
import { requestOf } from "./request";
import { isSecret, secretIn } from "./secrets";
import { quoted } from "./shell";

const path = { url: "http://s3.local:9000", style: "path" } as const;
const hosted = { url: "https://s3.example.com", style: "virtual_hosted" } as const;

function ask(given: Partial<Draft>): Question {
  const read = questionOf({ ...EMPTY, ...given });
  if ("flaws" in read) throw new Error(JSON.stringify(read.flaws));
  return read.question;
}

function url(given: Partial<Draft>, endpoint: typeof path | typeof hosted = path): string {
  const action = actionOf(given.action ?? "");
  if (action?.operation == null) throw new Error("no operation");
  return requestOf(ask(given), action.operation, endpoint).url;
}

test("an address is read whatever stands in it", () => {
  expect(searchOf({ user: 7, bucket: "b", key: " k ", action: ["x"], other: "x", groups: "" })).toEqual({
    user: "7",
    bucket: "b",
    key: " k ",
  });
});

test("a question says what is missing, and holds no secret", () => {
  const flaws = (given: Partial<Draft>) => {
    const read = questionOf({ ...EMPTY, ...given });
    return "flaws" in read ? read.flaws : null;
  };
  expect(flaws({})).toEqual({ action: "missing", bucket: "missing" });
  expect(flaws({ action: "fly", bucket: "b" })).toEqual({ action: "unknown" });
  expect(flaws({ action: "s3:CopyObject", bucket: "b" })).toEqual({ key: "missing", source: "missing" });
  expect(flaws({ action: "s3:ListBuckets" })).toBeNull();
  const user = "bob (0198f3a2-6a1c-7c55-9d5e-0123456789ab)";
  expect(flaws({ action: "read", bucket: "b", user })).toEqual({ user: "idAlone" });
  expect(flaws({ action: "read", bucket: "b", headers: "no header" })).toEqual({ headers: "header" });
  expect(flaws({ action: "read", bucket: "b", headers: "Authorization: x" })).toEqual({ headers: "secret" });
  expect(flaws({ action: "read", bucket: "b", key: "a?X-Amz-Signature=1" })).toEqual({ key: "secret" });
  expect(flaws({ action: "read", bucket: "b", user: "cgok_live_abc" })).toEqual({ user: "secret" });
  expect(secretIn("x-amz-server-side-encryption-customer-key", "a")).toBe(true);
  expect(["cgop_x", "cgiv_x", "cgok_x"].map(isSecret)).toEqual([true, true, true]);
  expect(isSecret("reports/eyJ.txt")).toBe(false);
  expect(ask({ action: "read", bucket: " b ", user: "u", groups: "a, b,", headers: "x-a: 1\n\nx-b:2" })).toMatchObject({
    bucket: "b",
    groups: ["a", "b"],
    headers: [
      ["x-a", "1"],
      ["x-b", "2"],
    ],
  });
});

test("requests are as a storage would get them", () => {
  expect(url({ action: "s3:GetObject", bucket: "b", key: "a b/ü+%.txt" })).toBe(
    "http://s3.local:9000/b/a%20b/%C3%BC%2B%25.txt",
  );
  expect(url({ action: "s3:GetObject", bucket: "b", key: "/x" }, hosted)).toBe("https://b.s3.example.com//x");
  expect(url({ action: "list", bucket: "b", key: "a/" })).toBe("http://s3.local:9000/b?list-type=2&prefix=a%2F");
  expect(url({ action: "s3:HeadBucket", bucket: "b" }, hosted)).toBe("https://b.s3.example.com/");
  expect(url({ action: "s3:ListBuckets" }, hosted)).toBe("https://s3.example.com/");
  const copy = OPERATIONS.find((one) => one.name === "CopyObject");
  if (copy === undefined) throw new Error("no copy");
  const question = ask({ action: "s3:CopyObject", bucket: "b", key: "k", source: "c/d e" });
  expect(requestOf(question, copy, path).headers).toEqual([["x-amz-copy-source", "c/d%20e"]]);
});

test("what is copied is quoted, and names no key", () => {
  expect([quoted("a/b.txt"), quoted("it's"), quoted("")]).toEqual(["a/b.txt", `'it'\\''s'`, "''"]);
  const answered = { decision: false, code: "no_permission", revision: "r" };
  const check = (asked: Partial<Extract<Exchange, { route: "/v1/check" }>["asked"]>): Exchange => {
    return { route: "/v1/check", asked: { action: "read", bucket: "b", ...asked }, answered };
  };
  expect(commandLine(check({ prefix: "" }), "http://c")).toBe("sail-cargo check --url=http://c -- - read b");
  expect(commandLine(check({ user: "-x", prefix: "a b/", groups: ["g h"] }), "http://c")).toBe(
    "sail-cargo check --token-group='g h' --below --url=http://c -- -x read 'b/a b/'",
  );
  const session = (actor: "user" | "root") => ({ bearer: "SECRET", who: { actor } }) as unknown as Session;
  expect(curl(check({ key: "it's" }), "http://c", session("root"))).toBe(
    `curl -sS http://c/v1/check -H "x-api-key: $SAIL_CARGO_API_KEY" -H 'content-type: application/json' ` +
      `-d '{"action":"read","bucket":"b","key":"it'\\''s"}'`,
  );
  expect(curl(check({}), "http://c", session("user"))).toContain('"authorization: Bearer $SAIL_CARGO_TOKEN"');
});

test("a policy test expects what was answered, with the grants of now", () => {
  const question = ask({ action: "write", bucket: "b", key: "in/x.txt", user: "ada" });
  const answer = { isAllowed: true, code: "ok", needs: [] as unknown } as Answer;
  const holds = [{ bucket: "b", permissions: [], prefixes: [{ prefix: "in/", permissions: ["write" as const] }] }];
  expect(JSON.parse(policyTest(question, answer, holds, false) ?? "")).toEqual({
    id: "ada write b/in/x.txt",
    expect: "allow",
    op: "PutObject",
    grants: { b: [], "b/in/": ["write"] },
    request: { method: "PUT", url: "http://s3.local:9000/b/in/x.txt", payload_hash: "UNSIGNED-PAYLOAD" },
  });
  expect(policyTest({ ...question, action: "admin" }, answer, [], false)).toBeNull();
  const expected = (more: Partial<Answer>) => {
    const line = policyTest(question, { ...answer, isAllowed: false, ...more }, [], false);
    return line === null ? null : (JSON.parse(line) as { expect: string }).expect;
  };
  const held = (is: boolean) => [{ permission: "write" as const, bucket: "b", scope: "", held: is, looked_at: [] }];
  expect(expected({ code: "no_permission" })).toBe("deny");
  expect(expected({ code: "gateway_only", needs: held(true) })).toBe("allow");
  expect(expected({ code: "gateway_only", needs: held(false) })).toBe("deny");
  expect(expected({ code: "unsafe_storage" })).toBeNull();
});

test("what is missing is granted in the smallest place, and what there is stays", () => {
  const need = (permission: "read" | "write" | null, held: boolean) => {
    return { permission, bucket: "b", scope: "a/b/c.txt", held, looked_at: [] };
  };
  expect(gapsOf([need("write", false), need("read", true), need(null, false)])).toEqual([
    { bucket: "b", scope: "a/b/c.txt", permissions: ["write", "list"] },
  ]);
  expect(placesFor("a/b/c.txt")).toEqual(["a/b/", "a/", ""]);
  expect(placesFor("a/")).toEqual(["a/", ""]);
  expect(placesFor("c.txt")).toEqual([""]);
  const now = new Date("2026-11-29T12:00:00Z");
  const wish = { user: "u", place: "a/", permissions: ["write" as const], ends: null, reason: " " };
  const known = { permissions: ["read"], updated_revision: 7, reason: "old" } as Grant;
  expect(changeFor(wish, null, now)).toMatchObject({ if_revision: 0, put: { permissions: ["write"] } });
  expect(changeFor(wish, known, now)).toMatchObject({
    if_revision: 7,
    put: { permissions: ["read", "write"], reason: "old" },
  });
  const over = { ...known, expires_at: "2026-11-29T11:00:00Z" };
  expect(changeFor({ ...wish, ends: now.toISOString(), reason: "why" }, { ...over, not_before: "2026-11-01T00:00:00Z" }, now).put).toEqual({
    permissions: ["write"],
    expires_at: "2026-11-29T12:00:00.000Z",
    reason: "why",
  });
});

test("a grant that is there keeps its beginning, and its end is not changed by the way", () => {
  const now = new Date("2026-11-29T12:00:00Z");
  const known = { permissions: ["write"], updated_revision: 7, not_before: "2026-11-01T00:00:00Z" } as Grant;
  const tomorrow = { ...known, expires_at: "2026-11-30T12:00:00.123456Z" };
  const wish = { user: "u", place: "a/", permissions: ["read" as const], ends: tomorrow.expires_at, reason: "" };
  expect(changeFor(wish, tomorrow, now).put).toEqual({
    permissions: ["write", "read"],
    not_before: known.not_before,
    expires_at: tomorrow.expires_at,
  });
  expect(endDiffers(tomorrow.expires_at, tomorrow, now)).toBeNull();
  expect(endDiffers(null, tomorrow, now)).toBe("longer");
  expect(endDiffers("2026-12-29T12:00:00Z", tomorrow, now)).toBe("longer");
  expect(endDiffers("2026-11-30T11:00:00Z", tomorrow, now)).toBe("shorter");
  expect(endDiffers("2026-11-30T12:00:00Z", known, now)).toBe("shorter");
  // What is over, and what was never there, has no end that could be another.
  for (const none of [null, { ...known, expires_at: "2026-11-29T11:00:00Z" }]) expect(endDiffers(null, none, now)).toBeNull();
});
