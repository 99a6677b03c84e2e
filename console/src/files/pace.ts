// How fast something goes, and how long it will take.

/** How far something was at a moment. */
export interface Sample {
  /** Milliseconds. */
  at: number;
  bytes: number;
}

/** How far back one looks, in milliseconds: long enough to be steady, short enough to notice a slow line. */
const WINDOW = 8000;
/** Below this, nothing is said of the pace. */
const LEAST = 800;

/** The samples with another one. What went back, such as a part that is sent again, begins anew. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.bytes < last.bytes) return [sample];
  const from = samples.findIndex((one) => one.at > sample.at - WINDOW);
  // One sample before the window is where it begins.
  const kept = from === -1 ? samples.slice(-1) : samples.slice(Math.max(0, from - 1));
  return [...kept, sample];
}

/** Bytes a second; `null` while that cannot be told. */
export function rateOf(samples: readonly Sample[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < LEAST) return null;
  const rate = ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
  return rate > 0 ? rate : null;
}

/** How many seconds the rest takes; `null` while that cannot be told. */
export function secondsLeft(rate: number | null, sent: number, size: number): number | null {
  return rate === null ? null : Math.max(0, size - sent) / rate;
}
