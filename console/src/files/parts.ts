// Into which parts an object is cut (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).

export const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** From here on a file goes in parts: less is not worth the requests. */
export const LARGE = 16 * MIB;
/** The largest object that one request copies. */
export const MOST_COPIED = 5 * GIB;

/** A part that is sent again costs little. */
const LEAST = 8 * MIB;
/** Up to here, no more parts than one page of a list of parts tells of, so that none is sent twice after a reload. */
const PAGE = { parts: 1000, most: 64 * MIB };
/** The most parts of an object. */
const MOST_PARTS = 10_000;
/** The size of the parts of a copy: the storage copies them by itself. */
const COPIED = 512 * MIB;

/** The size of the parts of an upload, in bytes: whole MiB. */
export function partSize(size: number): number {
  const listed = Math.min(PAGE.most, size / PAGE.parts);
  return Math.ceil(Math.max(LEAST, listed, size / MOST_PARTS) / MIB) * MIB;
}

/** The parts of a copy: first and last byte of each. */
export function copiedRanges(size: number): { first: number; last: number }[] {
  const each = Math.ceil(Math.max(COPIED, size / MOST_PARTS) / MIB) * MIB;
  return Array.from({ length: Math.ceil(size / each) }, (_, at) => {
    return { first: at * each, last: Math.min(size, (at + 1) * each) - 1 };
  });
}
