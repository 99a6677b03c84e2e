import type { components } from "../api/schema";
import type { Permission } from "../permissions";

type Held = components["schemas"]["BucketPermissions"];
type Home = components["schemas"]["Home"];

/** A bucket, or a folder of one, in which somebody may do something. */
export interface Place {
  bucket: string;
  /** The folder; empty for the whole bucket. */
  prefix: string;
  permissions: readonly Permission[];
  /** Whether it is this user's own folder. */
  isHome: boolean;
}

/**
 * The places of somebody, their home first. A bucket in which only folders are open is no place of its own: its folders
 * are, because listing the bucket is refused.
 */
export function placesOf(held: readonly Held[], home: Home | null): Place[] {
  const all = held.flatMap(({ bucket, permissions, prefixes }): Place[] => {
    const whole = permissions.length === 0 ? [] : [{ bucket, prefix: "", permissions, isHome: false }];
    const folders = prefixes.map((one) => ({
      bucket,
      prefix: one.prefix,
      permissions: [...new Set([...permissions, ...one.permissions])],
      isHome: bucket === home?.bucket && one.prefix === home.prefix,
    }));
    return [...whole, ...folders];
  });
  return [...all.filter((one) => one.isHome), ...all.filter((one) => !one.isHome)];
}
