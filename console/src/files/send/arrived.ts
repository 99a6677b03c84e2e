import { find, objectUrl, send } from "../gateway";
import { head } from "../objects";
import { partSize } from "../parts";
import type { Upload } from "../upload";
import { isEtagOf } from "./etag";

/** What is at the key of a file: the file itself, what is or may be another one, or nothing that one sees. */
export type Found = "itself" | "other" | "nothing";

/**
 * Whether what is at the key of a small file is the file, byte for byte: its answer may have been lost. What cannot be read
 * is not taken for it.
 */
export async function hasArrived({ bucket, key, file, size }: Upload): Promise<boolean> {
  if (file === null) return false;
  try {
    if ((await head(bucket, key)).size !== size) return false;
    const answer = await send(objectUrl(bucket, key), {});
    const [there, here] = await Promise.all([answer.arrayBuffer(), file.arrayBuffer()]);
    return areEqual(new Uint8Array(there), new Uint8Array(here));
  } catch {
    return false;
  }
}

/** What is at the key of a file that goes in parts. Its `ETag` tells, so that nothing is downloaded. */
export async function findParts({ bucket, key, file, size }: Upload): Promise<Found> {
  // Who may not list learns at the end whether the key is taken.
  const there = await find(bucket, key).catch(() => null);
  if (there === null) return "nothing";
  if (file === null || there.size !== size) return "other";
  try {
    // Not every storage lists it.
    const etag = (there.etag ?? (await head(bucket, key)).etag).replaceAll('"', "");
    return (await isEtagOf(etag, file, partSize(size))) ? "itself" : "other";
  } catch {
    return "other";
  }
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
