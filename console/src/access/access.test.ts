import { expect, test } from "vitest";

import { csvOf, parseCsv } from "./csv";
import { idOf, keyOf, stateOf, type Grant, type State } from "./grant";
import { has, isSame, setOf, toggled, without } from "../permissions";
import { covers, Sources } from "./sources";
import { byId, changeOf, conflicts, difference, NO_EDITS, rebaseAll, reversed, stage, type Edits } from "./staged";

function grant(subject: string, permissions: Grant["permissions"], more: Partial<Grant> = {}): Grant {
  const where = { bucket: "b", prefix: "", kind: "user" as const, granted_by: "user:root" };
  return { ...where, subject, permissions, created_revision: 1, updated_revision: 1, ...more };
}

function to(base: Grant, target: Partial<State> | null): Edits {
  const state = target === null ? null : { ...stateOf(base), ...target };
  return stage(NO_EDITS, { key: keyOf(base), base, target: state });
}

test("read contains list, however a set is made", () => {
  expect(setOf(["read", "list", "write"])).toEqual(["read", "write"]);
  expect(has(["read"], "list")).toBe(true);
  expect(toggled(["read"], "read")).toEqual([]);
  expect(toggled(["list"], "read")).toEqual(["read"]);
  expect(without(["read"], ["list"])).toEqual(["read"]);
  expect(without(["list"], ["read"])).toEqual([]);
  expect(isSame(["read", "list"], ["read"])).toBe(true);
});

test("what was seen when an edit began stays its base, also where nothing was there", () => {
  const bob = grant("bob", ["read"]);
  const fresh = stage(NO_EDITS, { key: keyOf(bob), base: null, target: stateOf(bob) });
  const others = grant("bob", ["admin"], { updated_revision: 9 });
  const again = stage(fresh, { key: keyOf(bob), base: others, target: { ...stateOf(bob), permissions: ["write"] } });
  expect([...again.values()].map((edit) => changeOf(edit).if_revision)).toEqual([0]);
});

test("who goes back to what was there has staged nothing", () => {
  const bob = grant("bob", ["read"]);
  const edits = to(bob, { permissions: ["read", "write"] });
  expect([...edits.values()].map(changeOf)).toEqual([
    {
      kind: "user",
      subject: "bob",
      prefix: "",
      prefix_kind: "literal",
      if_revision: 1,
      put: { permissions: ["read", "write"], not_before: null, expires_at: null, reason: null },
    },
  ]);
  expect(stage(edits, { key: keyOf(bob), base: null, target: stateOf(bob) }).size).toBe(0);
  const fresh = stage(NO_EDITS, { key: { ...keyOf(bob), prefix: "in/" }, base: null, target: stateOf(bob) });
  expect([...fresh.values()].map((edit) => changeOf(edit).if_revision)).toEqual([0]);
  expect([...stage(fresh, { key: { ...keyOf(bob), prefix: "in/" }, base: null, target: null })]).toEqual([]);
});

test("a difference names what is gained, lost, and else changed", () => {
  const before = stateOf(grant("bob", ["read"], { expires_at: "2027-01-01T00:00:00Z" }));
  const after = { ...before, permissions: setOf(["list", "delete"]), end: "2027-01-01T00:00:00.000Z", reason: "x" };
  expect(difference(before, after)).toEqual({
    what: "change",
    gains: ["delete"],
    loses: ["read"],
    isStartChanged: false,
    isEndChanged: false,
    isReasonChanged: true,
  });
  expect(difference(before, null)).toMatchObject({ what: "take", loses: ["read"], isEndChanged: false });
  expect(difference(null, after)).toMatchObject({ what: "give", gains: ["list", "delete"], isEndChanged: true });
});

test("an edit is put on top of what another made of the grant", () => {
  const bob = grant("bob", ["read", "write"], { reason: "old" });
  const edits = to(bob, { permissions: ["read", "delete"] });
  const theirs = grant("bob", ["list", "write", "admin"], { reason: "new", updated_revision: 7 });
  expect(conflicts(edits, byId([bob]))).toEqual([]);
  expect(conflicts(edits, byId([theirs])).map((one) => one.key.subject)).toEqual(["bob"]);
  const [edit] = rebaseAll(edits, byId([theirs])).values();
  expect(edit?.target).toEqual({ permissions: ["list", "delete", "admin"], start: null, end: null, reason: "new" });
  expect(edit === undefined ? null : changeOf(edit).if_revision).toBe(7);
});

test("what one took away and another changed is still taken away; what both did is done", () => {
  const bob = grant("bob", ["read"]);
  const [taken] = rebaseAll(to(bob, null), byId([{ ...bob, permissions: ["write"], updated_revision: 2 }])).values();
  expect(taken?.target).toBeNull();
  expect(taken?.base?.updated_revision).toBe(2);
  expect(rebaseAll(to(bob, null), byId([])).size).toBe(0);
  const [again] = rebaseAll(to(bob, { permissions: ["write"] }), byId([])).values();
  expect(again?.base).toBeNull();
  expect(again?.target?.permissions).toEqual(["write"]);
  const same = { ...bob, permissions: ["write" as const], updated_revision: 2 };
  expect(rebaseAll(to(bob, { permissions: ["write"] }), byId([same])).size).toBe(0);
});

test("what was saved is undone by its reverse, unless somebody was there meanwhile", () => {
  const bob = grant("bob", ["read"]);
  const given = grant("eve", ["list"], { prefix: "in/" });
  const saved = [
    ...to(bob, null).values(),
    ...stage(NO_EDITS, { key: keyOf(given), base: null, target: stateOf(given) }).values(),
  ];
  const now = byId([{ ...given, updated_revision: 5 }]);
  const { edits, isDisturbed } = reversed(saved, now);
  expect(isDisturbed).toBe(false);
  const changes = [...edits.values()].map(changeOf);
  expect(changes.map((one) => one.put?.permissions)).toEqual([["read"], undefined]);
  expect(changes.map((one) => [one.subject, one.prefix, one.if_revision])).toEqual([
    ["bob", "", 0],
    ["eve", "in/", 5],
  ]);
  expect(reversed(saved, byId([{ ...given, permissions: ["write"] }])).isDisturbed).toBe(true);
});

test("a table that was pasted is read, with or without a first line of names", () => {
  const { rows, flaws } = parseCsv('user,bob,,"read, write",2027-01-01,,"said ""yes""\nand so on"\ngroup,eve,in/,list+delete\n');
  expect(flaws).toEqual([]);
  expect(rows.map(({ key, state }) => [key.kind, key.subject, key.prefix, state.permissions, state.reason])).toEqual([
    ["user", "bob", "", ["read", "write"], 'said "yes"\nand so on'],
    ["group", "eve", "in/", ["list", "delete"], null],
  ]);
  const named = parseCsv("subject\tpermissions\tprefix\tprefix_kind\tkind\n*\tread\thome/${user}/\ttemplate\tauthenticated\n\n");
  expect(named.rows[0]?.key).toEqual({
    kind: "authenticated",
    subject: "*",
    prefix: "home/${user}/",
    prefixKind: "template",
  });
});

test("lines of a table that are not understood are named", () => {
  const flaw = (line: string) => parseCsv(line).flaws[0]?.flaw;
  expect(flaw("robot,bob,,read")).toBe("kind");
  expect(flaw("user,,,read")).toBe("subject");
  expect(flaw("public,bob,,read")).toBe("subject");
  expect(flaw("user,bob (0198f3a2-6a1c-7c55-9d5e-0123456789ab),,read")).toBe("idAlone");
  expect(flaw("group,bob (0198f3a2-6a1c-7c55-9d5e-0123456789ab),,read")).toBeUndefined();
  expect(flaw("user,bob,in,read")).toBe("prefix");
  expect(flaw("user,bob,home/${user}/,read")).toBe("prefixKind");
  expect(flaw("user,bob,in/,read,,,,template")).toBe("prefixKind");
  expect(flaw("user,bob,,own")).toBe("permissions");
  expect(flaw("user,bob,,")).toBe("permissions");
  expect(flaw("user,bob,,read,tomorrow")).toBe("time");
  expect(flaw("user,bob,,read,2027-02-30T99:00")).toBe("time");
  expect(flaw("user,bob,,read,2027-02-01,2027-01-01")).toBe("order");
  expect(flaw("user,bob,,read,,,,literal,more")).toBe("columns");
  expect(parseCsv("user,a,,read\nuser,b,,read\nuser,a,,write").flaws).toEqual([{ line: 3, flaw: "twice" }]);
  expect(parseCsv('user,a,,"read').flaws).toEqual([{ line: 1, flaw: "quote" }]);
});

test("grants that are copied are read as what they were", () => {
  const all = [
    grant("=1+1", ["read"], { reason: 'a "b", c\nd', expires_at: "2027-01-01T00:00:00.000Z" }),
    grant("*", ["list", "write"], { kind: "authenticated", prefix: "home/${user}/", prefix_kind: "template" }),
    grant("x", ["read"], { prefix: "home/${user}/", prefix_kind: "literal" }),
    grant("＝1", ["read"], { prefix: " =1/", reason: "a;=1+1" }),
  ];
  const { rows, flaws } = parseCsv(csvOf(all));
  expect(flaws).toEqual([]);
  expect(rows.map(({ key, state }) => ({ id: idOf(key), state }))).toEqual(
    all.map((one) => ({ id: idOf(keyOf(one)), state: stateOf(one) })),
  );
  for (const text of ["'=1+1", "'＝1", "' =1/", "a;'=1+1"]) expect(csvOf(all)).toContain(text);
});

test("why somebody may do something has every source", () => {
  const user = { kind: "user" as const, subject: "carol" };
  const group = { kind: "group" as const, subject: "editors" };
  const known = {
    grants: [
      grant("carol", ["delete"], { prefix: "in/" }),
      grant("carol", ["admin"], { expires_at: "2020-01-01T00:00:00Z" }),
      grant("editors", ["write"], { kind: "group" }),
      grant("*", ["list"], { kind: "public", prefix: "in/a/" }),
    ],
    public: [],
    ceiling: setOf(["read", "write"]),
    held: [
      { kind: "authenticated" as const, subject: "*", permissions: ["list" as const], prefixes: [] },
      { ...user, permissions: ["read" as const, "write" as const], prefixes: [] },
    ],
  };
  const sources = new Sources(known, new Date("2026-11-29T12:00:00Z"));
  const there = sources.of(user, { prefix: "in/a/", prefixKind: "literal" }, [group]);
  expect(there.map((one) => [one.from, one.permissions])).toEqual([
    ["direct", ["delete"]],
    ["group", ["write"]],
    ["everybody", ["list"]],
    ["project", ["list"]],
    ["elsewhere", ["read"]],
  ]);
  expect(sources.effective(there)).toEqual(["read", "write"]);
  expect(sources.of(user, { prefix: "", prefixKind: "literal" }).map((one) => one.from)).toEqual(["project", "elsewhere"]);
});

test("a grant covers what is below its prefix, and a template what is the user's own", () => {
  const carol = { kind: "user" as const, subject: "carol" };
  const all = { kind: "authenticated" as const, subject: "*" };
  const homes = { prefix: "home/${user}/", prefix_kind: "template" as const };
  expect(covers({ prefix: "" }, { prefix: "in/", prefixKind: "literal" }, carol)).toBe(true);
  expect(covers({ prefix: "in/" }, { prefix: "", prefixKind: "literal" }, carol)).toBe(false);
  expect(covers(homes, { prefix: "home/carol/x/", prefixKind: "literal" }, carol)).toBe(true);
  expect(covers(homes, { prefix: "home/bob/", prefixKind: "literal" }, carol)).toBe(false);
  expect(covers(homes, { prefix: "home/carol/", prefixKind: "literal" }, { kind: "user", subject: "a/b" })).toBe(false);
  expect(covers(homes, { prefix: "home/${user}/x/", prefixKind: "template" }, all)).toBe(true);
  expect(covers({ prefix: "home/" }, { prefix: "home/${user}/", prefixKind: "template" }, all)).toBe(true);
  expect(covers({ prefix: "home/${user}/" }, { prefix: "home/${user}/", prefixKind: "template" }, all)).toBe(false);
});
