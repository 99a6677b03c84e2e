import { beforeEach, expect, test } from "vitest";

import { actorOf, suggestedActor } from "../audit/actors";
import { flawOfUser } from "./flaw";
import { hintOfUser } from "./hint";
import { forgetNames, learnerOfNames, learnNames, nameAndIdOf, usernameOf, userOf, withUsernames } from "./names";
import { kindAndName, nameOf } from "./subjects";

const ID = "0198f3a2-6a1c-7c55-9d5e-0123456789ab";
const OTHER = "0198f3a2-6a1c-7c55-9d5e-ba9876543210";

beforeEach(() => {
  forgetNames();
  learnNames([{ id: ID, username: "alice" }, { subject: "okta:1", username: null }]);
});

test("an account goes by its username and id, others by their id, until all is forgotten", () => {
  expect([nameOf({ kind: "user", subject: ID }), nameOf({ kind: "user", subject: "alice" })]).toEqual([`alice (${ID})`, "alice"]);
  expect(nameOf({ kind: "group", subject: ID })).toBe(ID);
  expect(kindAndName({ kind: "user", subject: ID })).toBe(`user alice (${ID})`);
  expect(kindAndName({ kind: "authenticated", subject: "*" })).toBe("everybody who signed in");
  forgetNames();
  expect(usernameOf(ID)).toBeNull();
});

test("an answer that comes after all is forgotten teaches nothing", () => {
  const learn = learnerOfNames();
  learn([{ id: OTHER, username: "bob" }]);
  expect(usernameOf(OTHER)).toBe("bob");
  forgetNames();
  learn([{ id: OTHER, username: "bob" }]);
  expect(usernameOf(OTHER)).toBeNull();
  learnerOfNames()([{ id: OTHER, username: "bob" }]);
  expect(usernameOf(OTHER)).toBe("bob");
});

test("what is chosen from the suggestions is an id; a username alone names nobody's account", () => {
  expect(nameAndIdOf(ID)).toBe(`alice (${ID})`);
  expect([userOf(`alice (${ID})`), userOf(` alice (${ID}) `)]).toEqual([ID, ID]);
  // Another auth service may call a user so. What is typed goes on with a space.
  for (const other of ["alice", `mallory (${ID})`, `alice (${OTHER})`, "(x)", "tess "]) expect(userOf(other)).toBe(other);
});

test("a name with an id behind it, and a username alone, are no ids of users", () => {
  const flaw = (user: string, ids: string[] = []) => flawOfUser(user, ids);
  expect(flaw("")).toBe("Name somebody.");
  for (const user of [`bob (${OTHER})`, `alice (${ID.toUpperCase()})`, `(${OTHER})`]) {
    expect(flaw(user, [user]), user).toBe("Give the id alone, without a name before it.");
  }
  for (const user of ["alice", "Alice"]) expect(flaw(user)).toContain(`Choose alice (${ID}): “${user}” alone`);
  // Where another auth service is known to have a user of that id, they may be meant.
  expect(flaw("alice", ["alice"])).toBeNull();
  for (const user of [ID, OTHER, "bob", "okta:1", "bob (staff)"]) expect(flaw(user), user).toBeNull();
});

test("a field for a user says how to name one, and of an id that nobody known has, that it may be a mistake", () => {
  expect(hintOfUser("", [])).toContain("Give the user id");
  for (const user of ["", "ali", ID, "okta:1"]) expect(hintOfUser(user, [ID, "okta:1"]), user).toContain("Choose an account");
  for (const user of ["carl", OTHER]) expect(hintOfUser(user, [ID]), user).toContain("knows no user of that id");
  expect(hintOfUser("carl", [])).toContain("knows no user of that id");
});

test("an actor is suggested by its username, and others as they are", () => {
  expect([suggestedActor(`user:${ID}`), suggestedActor(ID)]).toEqual([`alice (${ID})`, `alice (${ID})`]);
  expect(["user:okta:1", "operator", "key:1", ""].map(suggestedActor)).toEqual(["user:okta:1", "operator", "key:1", ""]);
  expect(actorOf(`alice (${ID})`)).toBe(`user:${ID}`);
  expect(["alice", "nobody", `user:${ID}`].map(actorOf)).toEqual(["alice", "nobody", `user:${ID}`]);
});

test("a text names accounts by their usernames and ids, and leaves what it does not know", () => {
  // A user of another auth service may be `user:alice`.
  expect(withUsernames(`group:staff user:${ID} user:alice`)).toBe(`group:staff user:alice (${ID}) user:alice`);
  expect(withUsernames(ID)).toBe(`alice (${ID})`);
  expect(withUsernames(`grant to user ${ID} on demo: read`)).toBe(`grant to user alice (${ID}) on demo: read`);
  for (const same of [OTHER, `user:${OTHER}`, `key:${ID}`, `user:${ID}0`, "user:bob"]) expect(withUsernames(same)).toBe(same);
});
