import { useSyncExternalStore } from "react";

import { Problem } from "../api/problem";
import { session } from "../session/session";
import { find } from "./gateway";
import { besides } from "./names";
import { rateOf, withSample, type Sample } from "./pace";
import { LARGE } from "./parts";
import { interrupted } from "./send/kept";
import { byPut } from "./send/put";
import type { Listener, Way } from "./send/way";
import { isOver, isUnderWay, type OnConflict, type Upload } from "./upload";

/** How many files are sent at a time. */
const AT_ONCE = 3;
/** How long one waits before trying again where nobody answers, in milliseconds: each time longer. */
const WAITS = [1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 60_000, 60_000, 60_000];

type PartsWay = Awaited<ReturnType<typeof openParts>>;

let uploads: readonly Upload[] = [];
let next = 1;
let batches = 0;
/** What becomes of all files of a batch whose keys are taken. */
const forAll = new Map<number, OnConflict>();
/** Who signed in when they began: nobody else sees them. */
let owner = "";
let parts: Promise<PartsWay> | null = null;
const samples = new Map<number, readonly Sample[]>();
const tries = new Map<number, number>();
/** How many bytes of each were sent at most: what is sent once more is no progress. */
const furthest = new Map<number, number>();
const timers = new Map<number, number>();
const listeners = new Set<() => void>();
const doneListeners = new Set<(upload: Upload) => void>();

const tell: Listener = {
  sent: (id, bytes) => {
    const so = withSample(samples.get(id) ?? [], { at: performance.now(), bytes });
    samples.set(id, so);
    if (bytes > (furthest.get(id) ?? 0)) {
      furthest.set(id, bytes);
      tries.delete(id);
    }
    change(id, { sent: bytes, rate: rateOf(so) });
  },
  done: (id) => {
    const one = end(id, { state: "done", problem: null });
    if (one === undefined) return;
    change(id, { sent: one.size });
    doneListeners.forEach((listener) => listener(one));
  },
  taken: (id) => {
    const one = end(id, { state: "taken" });
    const how = one === undefined ? undefined : forAll.get(one.batch);
    if (one !== undefined && how !== undefined) resolve(one, how);
  },
  failed: (id, problem) => {
    const one = byId(id);
    if (one === undefined || !isUnderWay(one.state)) return;
    const count = tries.get(id) ?? 0;
    const wait = WAITS[count];
    // A session that has ended is replaced at once; if the next one has ended, too, something else is wrong.
    const isTried = isPassing(problem) || (isEnded(problem) && count === 0);
    if (!isTried || wait === undefined || session() === null) {
      end(id, session() === null ? { state: "paused", rate: null } : { state: "failed", problem });
      return;
    }
    tries.set(id, count + 1);
    change(id, { state: "trying", rate: null, problem });
    timers.set(id, window.setTimeout(() => begin(id), isEnded(problem) ? 0 : wait));
  },
};
const put = byPut(tell);

/** The uploads of this page, in a component. */
export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(subscribe, () => uploads);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Calls `listener` when a file has arrived. */
export function onArrival(listener: (upload: Upload) => void): () => void {
  doneListeners.add(listener);
  return () => doneListeners.delete(listener);
}

/** Begins to send files. One that was interrupted goes on. */
export function upload(bucket: string, files: readonly { key: string; file: File }[]): void {
  const added: Upload[] = [];
  const batch = nextBatch();
  for (const { key, file } of files) {
    const lost = uploads.find((one) => one.state === "lost" && one.bucket === bucket && one.key === key);
    if (lost !== undefined && isFileOf(lost, file)) { goOn(lost, file); continue; }
    added.push(made({ bucket, key, file, size: file.size, modified: file.lastModified, batch }));
  }
  replace([...uploads, ...added]);
  pump();
}

/** A batch that no file is of, and no answer is for. */
function nextBatch(): number {
  batches += 1;
  return batches;
}

function made(one: Pick<Upload, "bucket" | "key" | "file" | "size" | "modified" | "batch">): Upload {
  const { bucket, key, file, size, modified, batch } = one;
  const id = next;
  next += 1;
  const fresh = { state: "waiting", sent: 0, rate: null, problem: null, overwrites: false, isBeside: false } as const;
  return { bucket, key, file, size, modified, batch, id, ...fresh };
}

/** Says what becomes of a file whose key is taken, and of all others that were chosen with it. */
export function resolveAll({ batch }: Upload, how: OnConflict): void {
  forAll.set(batch, how);
  for (const one of uploads) {
    if (one.state === "taken" && one.batch === batch) resolve(one, how);
  }
}

/** Says what becomes of a file whose key is taken. */
export function resolve(one: Upload, how: OnConflict): void {
  if (how === "skip") { cancel(one); return; }
  if (how === "overwrite") {
    change(one.id, { state: "waiting", overwrites: true });
    pump();
    return;
  }
  // What was sent under the other name cannot be taken along.
  cancel(one);
  const beside = { ...made({ ...one, key: besides(one.key, isOfOther(one)) }), isBeside: true };
  replace(uploads.map((other) => (other.id === one.id ? beside : other)));
  pump();
}

/** Whether another file is on its way to a key, or has gone there. */
function isOfOther({ id, bucket }: Upload): (key: string) => boolean {
  return (key) => uploads.some((other) => other.id !== id && other.bucket === bucket && other.key === key);
}

/** Goes to the next name that is free, and stays with it: when it is tried again, what is there may be this file itself. */
async function goBeside(id: number): Promise<void> {
  for (let one = byId(id); one !== undefined && isUnderWay(one.state); one = byId(id)) {
    if (await isFree(one)) { change(id, { isBeside: false }); return; }
    change(id, { key: besides(one.key, isOfOther(one)) });
  }
}

/** Stops an upload, so that it can go on. */
export function pause(one: Upload): void {
  end(one.id, { state: "paused", rate: null });
  void wayOf(one).then((way) => way.pause(one));
}

/** Breaks an upload off, and has the storage forget what was sent. */
export function cancel(one: Upload): void {
  end(one.id, { state: "cancelled", sent: 0 });
  // Without its file, it cannot be sent again.
  if (one.file === null) replace(uploads.filter((other) => other.id !== one.id));
  void wayOf(one).then((way) => way.cancel(one));
}

/** Sends a file again, or goes on with it. */
export function goOn(one: Upload, file = one.file): void {
  tries.delete(one.id);
  furthest.delete(one.id);
  // Whoever sends a file again is asked about it alone: no answer for others is for it, and none for it is for others.
  change(one.id, { state: "waiting", file, problem: null, batch: nextBatch() });
  pump();
}

/** Forgets what is over. */
export function tidy(): void {
  uploads.filter((one) => isOver(one.state)).forEach(put.cancel);
  replace(uploads.filter((one) => !isOver(one.state)));
}

/** Whether something would stop if the page were closed. */
export function isBusy(): boolean {
  return uploads.some((one) => one.state === "waiting" || isUnderWay(one.state));
}

/** Whether a file is the one that an earlier load of the page was sending. */
export function isFileOf(lost: Upload, file: File): boolean {
  return lost.modified === file.lastModified && lost.size === file.size;
}

/** Takes up the uploads of who signed in. Those of somebody else stop, and are not shown. */
export async function takeUp(who: string): Promise<void> {
  if (who === owner) return;
  uploads.forEach((one) => {
    if (!isOver(one.state)) pause(one);
    put.cancel(one);
  });
  replace([]);
  forAll.clear();
  owner = who;
  parts = null;
  const kept = await interrupted(who);
  if (kept.length === 0 || owner !== who) return;
  const way = await partsWay();
  const lost = kept.map((one) => {
    const { sent, overwrites } = one;
    const upload: Upload = { ...made({ ...one, file: null, batch: nextBatch() }), state: "lost", sent, overwrites };
    way.adopt(upload, one);
    return upload;
  });
  replace([...uploads, ...lost]);
}

/** Stops what is under way: nobody is signed in. It goes on when the same person signs in again. */
export function stopAll(): void {
  for (const one of uploads) {
    window.clearTimeout(timers.get(one.id));
    if (one.state === "waiting" || isUnderWay(one.state)) pause(one);
  }
}

function pump(): void {
  let free = AT_ONCE - uploads.filter((one) => isUnderWay(one.state)).length;
  for (const one of uploads) {
    if (free <= 0) return;
    if (one.state !== "waiting" || uploads.some((other) => isBefore(other, one))) continue;
    free -= 1;
    samples.delete(one.id);
    change(one.id, { state: "sending", rate: null, problem: null });
    begin(one.id);
  }
}

/** Whether another file is on its way to the same key: the second one is asked about when that has arrived. */
function isBefore(other: Upload, one: Upload): boolean {
  return other.id !== one.id && isUnderWay(other.state) && other.bucket === one.bucket && other.key === one.key;
}

/** Sends a file. */
function begin(id: number): void {
  const one = byId(id);
  if (one === undefined || !isUnderWay(one.state)) return;
  change(id, { state: "sending" });
  const begun = Promise.all([mayBegin(one), wayOf(one)]).then(([may, way]) => {
    const now = byId(id);
    if (now?.state !== "sending") return;
    if (may) way.start(now);
    else tell.taken(id);
  });
  void begun.catch((error: unknown) => tell.failed(id, Problem.notBegun(error)));
}

/** Whether the key of a file is free, as far as that is asked before: of a large one, to learn it at the end costs too much. */
async function mayBegin(one: Upload): Promise<boolean> {
  if (one.isBeside) await goBeside(one.id);
  const isAsked = !one.isBeside && one.size >= LARGE && !one.overwrites && one.sent === 0;
  return !isAsked || (await isFree(one));
}

/** Who may not list learns it at the end. */
async function isFree({ bucket, key }: Upload): Promise<boolean> {
  return (await find(bucket, key).catch(() => null)) === null;
}

function wayOf(one: Upload): Promise<Way> {
  return one.size < LARGE ? Promise.resolve(put) : partsWay();
}

function partsWay(): Promise<PartsWay> {
  // Where it does not load, it is tried again.
  parts ??= openParts(owner).catch((error: unknown) => {
    parts = null;
    throw error;
  });
  return parts;
}

/** The library for parts is loaded when the first large file is sent. */
async function openParts(who: string) {
  const { byParts } = await import("./send/parts");
  return byParts(who, tell);
}

/** Whether it may be otherwise a moment later. */
function isPassing({ status, code }: Problem): boolean {
  return status === 0 || status >= 500 || code === "NoSuchUpload";
}

function isEnded(problem: Problem): boolean {
  return ["ExpiredToken", "InvalidAccessKeyId", "InvalidToken"].includes(problem.code);
}

function byId(id: number): Upload | undefined {
  return uploads.find((one) => one.id === id);
}

/** Changes an upload that does not go on, and lets the next one begin. */
function end(id: number, how: Partial<Upload>): Upload | undefined {
  window.clearTimeout(timers.get(id));
  const one = byId(id);
  if (one === undefined || isOver(one.state)) return undefined;
  change(id, how);
  pump();
  return byId(id);
}

function change(id: number, how: Partial<Upload>): void {
  replace(uploads.map((one) => (one.id === id ? { ...one, ...how } : one)));
}

function replace(with_: readonly Upload[]): void {
  uploads = with_;
  listeners.forEach((listener) => listener());
}
