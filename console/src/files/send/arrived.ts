import { find } from "../gateway";
import type { Upload } from "../upload";

/**
 * Whether a file has arrived whose answer did not: something of its size is at its key, and no older than its sending.
 * `began` is by the server's clock, in milliseconds.
 */
export async function hasArrived({ bucket, key, size }: Upload, began: number): Promise<boolean> {
  const found = await find(bucket, key).catch(() => null);
  return found?.size === size && Date.parse(found.last_modified) >= began;
}
