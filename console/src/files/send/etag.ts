import { Md5, md5 } from "./md5";

const BLANK = new Uint8Array();

/**
 * Whether an `ETag` is what storages give an object that was sent in parts of this size, a multiple of 64 bytes: most the MD5
 * of the parts' MD5s and their number, some the MD5 of the whole. A storage that encrypts may give another.
 */
export async function isEtagOf(etag: string, file: Blob, each: number): Promise<boolean> {
  const [sum, count] = etag.split("-");
  if (count !== undefined && count !== String(Math.ceil(file.size / each))) return false;
  const whole = new Md5();
  const sums: number[] = [];
  for (let at = 0; at < file.size; at += each) {
    const part = new Uint8Array(await file.slice(at, at + each).arrayBuffer());
    if (count !== undefined) sums.push(...md5(part));
    else if (part.length === each) whole.add(part);
    else return hexOf(whole.end(part)) === sum;
  }
  return hexOf(count === undefined ? whole.end(BLANK) : md5(Uint8Array.from(sums))) === sum;
}

/** Bytes in hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
