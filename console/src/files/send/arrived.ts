import { objectUrl, send } from "../gateway";
import { head } from "../objects";
import type { Upload } from "../upload";

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

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
