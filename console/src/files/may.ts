import type { components } from "../api/schema";
import { has, type Permission } from "../permissions";

type BucketPermissions = components["schemas"]["BucketPermissions"];

/** Whether somebody may do something below a prefix; `undefined` permissions are not known yet. */
export function may(held: BucketPermissions | undefined, permission: Permission, prefix: string): boolean {
  if (held === undefined) return false;
  if (has(held.permissions, permission)) return true;
  return held.prefixes.some((one) => prefix.startsWith(one.prefix) && has(one.permissions, permission));
}
