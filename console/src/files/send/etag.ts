import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/**
 * Whether an `ETag` is what storages give an object that was sent in parts of this size: most the MD5 of the parts' MD5s and
 * their number, some the MD5 of the whole. A storage that encrypts may give another.
 */
export async function isEtagOf(etag: string, file: Blob, each: number): Promise<boolean> {
  const [sum, count] = etag.split("-");
  if (count !== undefined && count !== String(Math.ceil(file.size / each))) return false;
  const whole = md5.create();
  for (let at = 0; at < file.size; at += each) {
    const part = new Uint8Array(await file.slice(at, at + each).arrayBuffer());
    whole.update(count === undefined ? part : md5(part));
  }
  return bytesToHex(whole.digest()) === sum;
}
