import { afterEach, expect, test, vi } from "vitest";

import { learn, now } from "./clock";

const NOON = Date.parse("2026-11-01T12:00:00.000Z");

afterEach(() => {
  vi.useRealTimers();
  learn(new Date().toUTCString(), Date.now(), Date.now());
});

test("the server's clock counts, not this machine's", () => {
  vi.useFakeTimers({ now: NOON });
  learn("Sun, 01 Nov 2026 11:40:00 GMT", NOON - 20, NOON);
  expect(now().toISOString()).toBe("2026-11-01T11:40:00.510Z");
  vi.setSystemTime(NOON + 60_000);
  expect(now().toISOString()).toBe("2026-11-01T11:41:00.510Z");
});

test("what a header's precision explains is no difference", () => {
  vi.useFakeTimers({ now: NOON });
  learn("Sun, 01 Nov 2026 11:59:59 GMT", NOON - 1000, NOON);
  expect(now().getTime()).toBe(NOON);
});

test("no date, or a bad one, teaches nothing", () => {
  vi.useFakeTimers({ now: NOON });
  learn("Sun, 01 Nov 2026 11:40:00 GMT", NOON, NOON);
  const before = now();
  learn(null, NOON, NOON);
  learn("noon", NOON, NOON);
  expect(now()).toEqual(before);
});
