import { beforeEach, expect, test, vi } from "vitest";

import { Problem } from "../api/problem";
import { setSession, type Session } from "../session/session";
import type { Kept } from "./send/kept";
import type { Listener, Way } from "./send/way";
import { offersForAll, type Upload } from "./upload";
import { goOn, resolve, resolveAll, takeUp, upload, useUploads as uploads } from "./uploads";

/** What is sent, by which key, and what the ways of sending tell of it. */
const sent: Upload[] = [];
const told = vi.hoisted(() => ({ tell: null as Listener | null }));
const kept: Kept[] = [];

vi.mock("react", () => ({ useSyncExternalStore: (_: unknown, now: () => unknown) => now() }));
vi.mock("./send/kept", () => ({ interrupted: () => Promise.resolve(kept) }));
const way: Way = { start: (one) => void sent.push(one), pause: () => undefined, cancel: () => undefined };
vi.mock("./send/put", () => ({
  byPut: (tell: Listener): Way => {
    told.tell = tell;
    return { start: (one) => way.start(one), pause: () => undefined, cancel: () => undefined };
  },
}));
vi.mock("./send/parts", () => ({ byParts: () => ({ ...way, adopt: () => undefined }) }));

const tell = () => told.tell ?? expect.fail("nothing is sent");
const file = (key: string) => ({ key, file: new File([key], key) });
const of = (key: string) => uploads().find((one) => one.key === key) ?? expect.fail(`no ${key}`);
const settled = () => vi.waitFor(() => expect(uploads().some((one) => one.state === "waiting")).toBe(false));

beforeEach(async () => {
  vi.stubGlobal("window", globalThis);
  sent.length = 0;
  kept.length = 0;
  setSession({ bearer: "b" } as Session);
  await takeUp("nobody");
  await takeUp("ada");
});

/** Says that the keys of files are taken. */
function taken(...keys: string[]): void {
  keys.forEach((key) => tell().taken(of(key).id));
}

test("an answer for all others is for no file that is sent again later", async () => {
  upload("b", ["a", "b", "c"].map(file));
  await settled();
  tell().failed(of("a").id, new Problem(403, "AccessDenied", "", "", null));
  taken("b");
  resolveAll(of("b"), "overwrite");
  taken("c");
  expect([of("b").overwrites, of("c").overwrites], "it is for those that were chosen with it").toEqual([true, true]);
  for (const key of ["b", "c"]) tell().done(of(key).id);

  goOn(of("a"));
  await settled();
  taken("a");
  expect([of("a").state, of("a").overwrites]).toEqual(["taken", false]);
  // Nor is the answer to this one for others that are sent again.
  resolveAll(of("a"), "overwrite");
  tell().done(of("a").id);
  upload("b", [file("d")]);
  await settled();
  tell().failed(of("d").id, new Problem(403, "AccessDenied", "", "", null));
  goOn(of("d"));
  await settled();
  taken("d");
  expect([of("d").state, of("d").overwrites]).toEqual(["taken", false]);
  resolve(of("d"), "skip");
});

test("files that were interrupted are asked about one by one", async () => {
  const one = { bucket: "b", size: 20 * 1024 * 1024, modified: 1, sent: 1, overwrites: false, began: 1 };
  kept.push({ ...one, key: "x", uploadId: "1" }, { ...one, key: "y", uploadId: "2" });
  await takeUp("bob");
  expect([of("x").state, of("y").state]).toEqual(["lost", "lost"]);
  expect(of("x").batch).not.toBe(of("y").batch);
});

test("an answer for all others is offered once for each batch, where others may still be asked about", () => {
  const one = (id: number, batch: number, state: Upload["state"], overwrites = false) => ({ id, batch, state, overwrites }) as Upload;
  const offers = (...all: Upload[]) => [...offersForAll(all, all)];
  expect(offers(one(1, 1, "taken"), one(2, 1, "taken"), one(3, 2, "taken"), one(4, 2, "waiting"))).toEqual([[1, 1], [2, 3]]);
  for (const state of ["waiting", "sending", "trying", "taken"] as const) {
    expect(offers(one(1, 1, "taken"), one(2, 1, state)), state).toEqual([[1, 1]]);
    expect(offers(one(1, 1, "taken"), one(2, 2, state)).filter(([batch]) => batch === 1), state).toEqual([]);
  }
  // What is over, or goes on as a batch of its own, is not asked about with it.
  for (const state of ["done", "failed", "cancelled", "paused", "lost"] as const) {
    expect(offers(one(1, 1, "taken"), one(2, 1, state)), state).toEqual([]);
  }
  expect(offers(one(1, 1, "taken"), one(2, 1, "sending", true)), "it is answered already").toEqual([]);
  expect(offers(one(1, 1, "sending"), one(2, 1, "waiting")), "nothing is asked").toEqual([]);
});

test("a file that is sent whole and not taken, again and again, is given up in the end", async () => {
  vi.useFakeTimers();
  upload("b", [file("a")]);
  const { id, size } = of("a");
  let rounds = 0;
  for (; rounds < 30 && of("a").state !== "failed"; rounds += 1) {
    await vi.advanceTimersByTimeAsync(60_000);
    tell().sent(id, size);
    tell().failed(id, new Problem(503, "SlowDown", "", "", null));
  }
  vi.useRealTimers();
  expect([of("a").state, rounds]).toEqual(["failed", 11]);
});
