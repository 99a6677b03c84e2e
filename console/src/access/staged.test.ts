import { expect, test } from "vitest";

import type { Session } from "../session/session";
import { hasEdits, placeOf } from "./useStaged";

test("who has staged changes is asked about them, and nobody else is; whoever is to sign in may be their author", () => {
  const of = (id: string) => ({ who: { project: "p", actor: "user", id } }) as Session;
  const places = [placeOf(of("ada"), "b")];
  expect(hasEdits(places, of("ada"))).toBe(true);
  expect(hasEdits(places, null)).toBe(true);
  for (const other of [of("bob"), of("ad"), of("ada2")]) expect(hasEdits(places, other)).toBe(false);
  expect(hasEdits([], of("ada"))).toBe(false);
});
