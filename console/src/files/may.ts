import type { components } from "../api/schema";

type BucketPermissions = components["schemas"]["BucketPermissions"];
export type Permission = components["schemas"]["Permission"];

/** Whether somebody may do something below a prefix; `undefined` permissions are not known yet. */
export function may(held: BucketPermissions | undefined, permission: Permission, prefix: string): boolean {
  if (held === undefined) return false;
  if (has(held.permissions, permission)) return true;
  return held.prefixes.some((one) => prefix.startsWith(one.prefix) && has(one.permissions, permission));
}

/** Whether a set has a permission, or one that contains it. */
function has(set: readonly Permission[], permission: Permission): boolean {
  return set.includes(permission) || (permission === "list" && set.includes("read"));
}
