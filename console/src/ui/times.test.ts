import { expect, test } from "vitest";

import { instantOf, localOf } from "./times";

test("an instant in a form is what it was, where nobody touched it", () => {
  for (const instant of ["2026-11-29T12:34:00.000Z", "2026-11-29T12:34:56.000Z"]) {
    expect(instantOf(localOf(instant), null)).toBe(instant);
  }
  const precise = "2026-11-29T12:34:56.789Z";
  expect(instantOf(localOf(precise), precise)).toBe(precise);
  expect([instantOf("", precise), instantOf("2026-13", null), localOf(null)]).toEqual([null, null, ""]);
});
