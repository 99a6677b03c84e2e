import { Problem } from "../api/problem";
import { text } from "../text";
import { escapePath, hasDots } from "./names";

/**
 * The path of a bucket, or of an object in it, at the gateway. Browsers resolve `.` and `..` in an URL before they send
 * it, escaped or not, and would reach another object: such a key has no path.
 */
export function pathOf(bucket: string, key: string | null = null): string {
  const place = key === null ? bucket : `${bucket}/${key}`;
  if (hasDots(place)) throw new Problem(400, "dots", text.problems.noPath, text.problems.dots(place), null);
  return `/${escapePath(place)}`;
}
