import { expect, test } from "vitest";

import { isTooSoon, secondPresses } from "./doublePress";

test("the second press of a double click is told", () => {
  const isSecond = secondPresses();
  const press = (timeStamp: number, clientX: number) => isSecond({ timeStamp, clientX, clientY: 7 });
  expect([press(0, 5), press(150, 6), press(900, 6), press(1000, 60), press(1100, 62)]).toEqual([false, true, false, false, true]);
  expect(isTooSoon(1000, 990)).toBe(true);
  expect(isTooSoon(1000, 1500)).toBe(false);
});
