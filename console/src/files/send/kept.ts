// Uploads in parts that were begun and are not over: what a later load of the page goes on with. The parts are at the
// storage; here are names, sizes and the ids of uploads, which prove nothing.

/** An upload that was begun. */
export interface Kept {
  bucket: string;
  key: string;
  size: number;
  /** When the file was changed, in milliseconds: another file of this name is not taken for it. */
  modified: number;
  /** S3's id of the upload. */
  uploadId: string;
  sent: number;
  overwrites: boolean;
  /** When it was begun, in milliseconds. */
  began: number;
}

/** Where they are, for each who signed in. */
const PLACE = "cargo.uploads.";
/** For how long, in milliseconds: storages clear unfinished uploads away about then. */
const LASTS = 7 * 24 * 60 * 60_000;

/** The uploads that `owner` has begun, without those that another tab is sending. */
export async function interrupted(owner: string): Promise<Kept[]> {
  const all = read(owner).filter((one) => one.began > Date.now() - LASTS);
  if (all.length === 0) return [];
  // Only secure pages have locks.
  const locks = "locks" in navigator ? await navigator.locks.query() : null;
  const busy = new Set(locks?.held?.map((lock) => lock.name));
  return all.filter((one) => !busy.has(lockOf(one.uploadId)));
}

/** Keeps an upload, or how far it is. */
export function keep(owner: string, one: Kept): void {
  write(owner, [...read(owner).filter((other) => other.uploadId !== one.uploadId), one]);
}

/** Forgets an upload that is over. */
export function drop(owner: string, uploadId: string): void {
  write(owner, read(owner).filter((one) => one.uploadId !== uploadId));
}

/** Says to other tabs that this one is sending an upload, until `over` resolves. */
export function claim(uploadId: string, over: Promise<void>): void {
  if ("locks" in navigator) void navigator.locks.request(lockOf(uploadId), () => over);
}

function lockOf(uploadId: string): string {
  return `cargo-upload-${uploadId}`;
}

function read(owner: string): Kept[] {
  try {
    return JSON.parse(window.localStorage.getItem(PLACE + owner) ?? "[]") as Kept[];
  } catch {
    return [];
  }
}

function write(owner: string, all: readonly Kept[]): void {
  try {
    if (all.length === 0) window.localStorage.removeItem(PLACE + owner);
    else window.localStorage.setItem(PLACE + owner, JSON.stringify(all));
  } catch {
    // A browser that keeps nothing: an upload then does not outlive its page.
  }
}
