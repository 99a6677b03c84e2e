/** A place in a bucket, for people. */
export function placeOf(bucket: string, scope: string): string {
  return scope === "" ? bucket : `${bucket}/${scope}`;
}
