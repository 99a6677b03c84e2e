import { useSyncExternalStore } from "react";

import { Problem } from "../api/problem";
import { objectUrl, proof } from "./gateway";
import { besides } from "./names";

/** What becomes of a file whose key is taken. */
export type OnConflict = "overwrite" | "keep-both" | "skip";

/** A file on its way. */
export interface Upload {
  id: number;
  bucket: string;
  key: string;
  file: File;
  state: "waiting" | "sending" | "done" | "failed" | "cancelled" | "taken";
  sent: number;
  /** When it began to be sent, in milliseconds. */
  began: number;
  problem: Problem | null;
}

/** How many files are sent at a time. */
const AT_ONCE = 3;

let uploads: readonly Upload[] = [];
let next = 1;
const requests = new Map<number, XMLHttpRequest>();
const listeners = new Set<() => void>();
const doneListeners = new Set<(upload: Upload) => void>();

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

/** Begins to send files to a folder. */
export function upload(bucket: string, files: { key: string; file: File }[]): void {
  const added = files.map(({ key, file }): Upload => {
    const id = next;
    next += 1;
    return { id, bucket, key, file, state: "waiting", sent: 0, began: 0, problem: null };
  });
  replace([...uploads, ...added]);
  pump();
}

/** Says what becomes of a file whose key is taken. */
export function resolve(one: Upload, how: OnConflict): void {
  if (how === "skip") { change(one.id, { state: "cancelled" }); return; }
  if (how === "overwrite") { begin({ ...one, state: "waiting" }, false); return; }
  const taken = (key: string) => key === one.key || uploads.some((other) => other.key === key);
  change(one.id, { key: besides(one.key, taken), state: "waiting", problem: null, sent: 0 });
  pump();
}

/** Breaks an upload off, or takes it out of the queue. */
export function cancel(one: Upload): void {
  change(one.id, { state: "cancelled" });
  requests.get(one.id)?.abort();
}

/** Sends a file again. */
export function retry(one: Upload): void {
  change(one.id, { state: "waiting", sent: 0, problem: null });
  pump();
}

/** Forgets what is over. */
export function tidy(): void {
  replace(uploads.filter((one) => one.state === "waiting" || one.state === "sending" || one.state === "taken"));
}

/** Whether something would be lost if the page were closed. */
export function isBusy(): boolean {
  return uploads.some((one) => one.state === "waiting" || one.state === "sending");
}

function pump(): void {
  for (const one of uploads) {
    if (requests.size >= AT_ONCE) return;
    if (one.state === "waiting" && !requests.has(one.id)) begin(one, true);
  }
}

/** Sends a file. `isNew` says that nothing may be at its key yet. */
function begin(one: Upload, isNew: boolean): void {
  const request = new XMLHttpRequest();
  requests.set(one.id, request);
  change(one.id, { state: "sending", began: Date.now(), sent: 0, problem: null });
  request.open("PUT", objectUrl(one.bucket, one.key));
  for (const [name, value] of Object.entries(proof())) request.setRequestHeader(name, value);
  if (one.file.type !== "") request.setRequestHeader("content-type", one.file.type);
  if (isNew) request.setRequestHeader("if-none-match", "*");
  request.upload.onprogress = (event) => change(one.id, { sent: event.loaded });
  request.onerror = () => end(one.id, { state: "failed", problem: Problem.unreachable("The gateway") });
  request.onabort = () => end(one.id, { state: "cancelled" });
  request.onload = () => loaded(one, request);
  request.send(one.file);
}

function loaded(one: Upload, request: XMLHttpRequest): void {
  if (request.status >= 200 && request.status < 300) {
    end(one.id, { state: "done", sent: one.file.size });
    doneListeners.forEach((tell) => tell(one));
    return;
  }
  if (request.status === 412) { end(one.id, { state: "taken" }); return; }
  const id = request.getResponseHeader("x-amz-request-id");
  end(one.id, { state: "failed", problem: Problem.ofS3(request.status, request.responseText, id) });
}

function end(id: number, how: Partial<Upload>): void {
  requests.delete(id);
  if (uploads.find((one) => one.id === id)?.state !== "cancelled") change(id, how);
  pump();
}

function change(id: number, how: Partial<Upload>): void {
  replace(uploads.map((one) => (one.id === id ? { ...one, ...how } : one)));
}

function replace(with_: readonly Upload[]): void {
  uploads = with_;
  listeners.forEach((tell) => tell());
}
