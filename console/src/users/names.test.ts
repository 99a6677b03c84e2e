import { beforeEach, expect, test } from "vitest";

import { actorOf, suggestedActor } from "../audit/actors";
import { forgetNames, learnNames, nameOfActor, suggestionOf, usernameOf, userOf, withUsernames } from "./names";
import { kindAndName, nameOf } from "./subjects";

const ID = "0198f3a2-6a1c-7c55-9d5e-0123456789ab";
const OTHER = "0198f3a2-6a1c-7c55-9d5e-ba9876543210";

beforeEach(() => {
  forgetNames();
  learnNames([{ id: ID, username: "alice" }, { subject: "okta:1", username: null }]);
});

test("an account goes by its username, others by their id, until all is forgotten", () => {
  expect(nameOf({ kind: "user", subject: ID })).toBe("alice");
  expect(nameOf({ kind: "group", subject: ID })).toBe(ID);
  expect([nameOfActor(`user:${ID}`), nameOfActor("user:okta:1"), nameOfActor("key:1"), nameOfActor("nobody")]).toEqual([
    "alice",
    "okta:1",
    "key:1",
    "nobody",
  ]);
  expect(kindAndName({ kind: "user", subject: ID })).toBe("user alice");
  expect(kindAndName({ kind: "authenticated", subject: "*" })).toBe("everybody who signed in");
  forgetNames();
  expect(usernameOf(ID)).toBeNull();
});

test("what is chosen from the suggestions is an id; a username alone names nobody's account", () => {
  expect(suggestionOf(ID)).toBe(`alice (${ID})`);
  expect(userOf(`alice (${ID})`)).toBe(ID);
  // Another auth service may call a user so.
  for (const other of ["alice", `mallory (${ID})`, `alice (${OTHER})`, "(x)"]) expect(userOf(other)).toBe(other);
});

test("an actor is suggested by its username, and others as they are", () => {
  expect([suggestedActor(`user:${ID}`), suggestedActor(ID)]).toEqual([`alice (${ID})`, `alice (${ID})`]);
  expect(["user:okta:1", "operator", "key:1", ""].map(suggestedActor)).toEqual(["user:okta:1", "operator", "key:1", ""]);
  expect(actorOf(`alice (${ID})`)).toBe(`user:${ID}`);
  expect(["alice", "nobody", `user:${ID}`].map(actorOf)).toEqual(["alice", "nobody", `user:${ID}`]);
});

test("a text names accounts by their usernames, and leaves what it does not know", () => {
  expect(withUsernames(`group:staff user:${ID}`)).toBe("group:staff user:alice");
  expect(withUsernames(ID)).toBe("alice");
  expect(withUsernames(`grant to user ${ID} on demo: read`)).toBe("grant to user alice on demo: read");
  for (const same of [OTHER, `user:${OTHER}`, `key:${ID}`, `user:${ID}0`, "user:bob"]) expect(withUsernames(same)).toBe(same);
});
