import type { Problem } from "../api/problem";

/** What becomes of a file whose key is taken. */
export type OnConflict = "overwrite" | "keep-both" | "skip";

/**
 * How a file on its way stands. `lost`: it was interrupted when the page was closed, and goes on once the file is chosen
 * again. `trying`: nobody answered, and it is tried again soon.
 */
export type State =
  | "waiting"
  | "sending"
  | "trying"
  | "paused"
  | "lost"
  | "taken"
  | "failed"
  | "cancelled"
  | "done";

/** A file on its way. */
export interface Upload {
  id: number;
  bucket: string;
  key: string;
  /** There is none while it is lost. */
  file: File | null;
  size: number;
  /** When the file was changed, in milliseconds. */
  modified: number;
  state: State;
  sent: number;
  /** Bytes a second, while that is known. */
  rate: number | null;
  problem: Problem | null;
  /** Whether something may be at its key: where not, what is there stays. */
  overwrites: boolean;
  /** Whether it stands beside what had its name: the next free name is looked for. */
  isBeside: boolean;
  /** The files that were chosen together: one answer may be for all of them. */
  batch: number;
}

/** Whether it takes a place among those that are sent at a time. */
export function isUnderWay(state: State): boolean {
  return state === "sending" || state === "trying";
}

/** Whether nothing more happens to it. */
export function isOver(state: State): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}

/** Whether it may still be asked whether a file replaces what is at its key. */
function isAsked({ state, overwrites }: Upload): boolean {
  return state === "taken" || (!overwrites && (state === "waiting" || isUnderWay(state)));
}

/**
 * The batches whose answer may be for more than one file, by the file at which that is offered: the first of `shown` that
 * asks.
 */
export function offersForAll(uploads: readonly Upload[], shown: readonly Upload[]): ReadonlyMap<number, number> {
  const offers = new Map<number, number>();
  for (const { id, state, batch } of shown) {
    if (state !== "taken" || offers.has(batch)) continue;
    if (uploads.some((other) => other.id !== id && other.batch === batch && isAsked(other))) offers.set(batch, id);
  }
  return offers;
}
