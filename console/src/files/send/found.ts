import { find } from "../gateway";
import { head } from "../objects";
import { partSize } from "../parts";
import type { Upload } from "../upload";
import { isEtagOf } from "./etag";

/** What is at the key of a file: the file itself, what is or may be another one, or nothing that one sees. */
export type Found = "itself" | "other" | "nothing";

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
