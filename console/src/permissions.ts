import type { components } from "./api/schema";
import { text } from "./text";

export type Permission = components["schemas"]["Permission"];
/** A set in the order of {@link EACH}, without `list` where `read` contains it: as the API writes sets. */
export type Permissions = readonly Permission[];

/** All permissions, in the order of the columns. */
export const EACH: Permissions = ["list", "read", "write", "delete", "admin"];

/** Whether a set has a permission, or one that contains it. */
export function has(set: Permissions, permission: Permission): boolean {
  return set.includes(permission) || (permission === "list" && set.includes("read"));
}

/** A set, in its one form. */
export function setOf(permissions: Iterable<Permission>): Permissions {
  const given = new Set(permissions);
  if (given.has("read")) given.delete("list");
  return EACH.filter((permission) => given.has(permission));
}

export function union(one: Permissions, other: Permissions): Permissions {
  return setOf([...one, ...other]);
}

/** What is in one set and not in the other. */
export function without(one: Permissions, other: Permissions): Permissions {
  return setOf(full(one).filter((permission) => !has(other, permission)));
}

export function common(one: Permissions, other: Permissions): Permissions {
  return setOf(full(one).filter((permission) => has(other, permission)));
}

export function isSame(one: Permissions, other: Permissions): boolean {
  return EACH.every((permission) => has(one, permission) === has(other, permission));
}

/** The set with a permission more or less. Without `read` goes the `list` that it contained. */
export function toggled(set: Permissions, permission: Permission): Permissions {
  return has(set, permission) ? setOf(set.filter((one) => one !== permission)) : setOf([...set, permission]);
}

/** A set, for people. */
export function listed(permissions: Permissions): string {
  return permissions.map((one) => text.permissions[one]).join(", ");
}

function full(set: Permissions): Permissions {
  return EACH.filter((permission) => has(set, permission));
}
