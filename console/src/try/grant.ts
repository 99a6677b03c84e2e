import { api, data } from "../api/client";
import type { components } from "../api/schema";
import type { Permission } from "../permissions";
import { crumbs, folderOf } from "../files/names";
import type { Need } from "./ask";

type Schemas = components["schemas"];
export type Grant = Schemas["Grant"];
export type GrantChange = Schemas["GrantChange"];
export type GrantsChanged = Schemas["GrantsChanged"];

/** Permissions that are missing in one place. */
export interface Gap {
  bucket: string;
  scope: string;
  permissions: Permission[];
}

/** What would have to be granted, by place. Where any permission will do, it is the least: to see names. */
export function gapsOf(needs: readonly Need[]): Gap[] {
  const gaps: Gap[] = [];
  for (const need of needs.filter((one) => !one.held)) {
    const permission = need.permission ?? "list";
    const known = gaps.find((gap) => gap.bucket === need.bucket && gap.scope === need.scope);
    if (known === undefined) gaps.push({ bucket: need.bucket, scope: need.scope, permissions: [permission] });
    else if (!known.permissions.includes(permission)) known.permissions.push(permission);
  }
  return gaps;
}

/** The places where a grant would cover a scope, the smallest first; at last the whole bucket, which is empty. */
export function placesFor(scope: string): string[] {
  const folders = crumbs(folderOf(scope)).map((one) => one.prefix);
  return ["", ...folders].reverse();
}

/** What somebody wants to grant. */
export interface Wish {
  user: string;
  place: string;
  permissions: readonly Permission[];
  /** When it shall end: an instant, as the API writes it. */
  ends: string | null;
  reason: string;
}

/**
 * The change that grants a wish. It replaces the grant of the same place, if there is one: what that allows stays allowed,
 * from when it began, but what has ended does not begin again. Nothing is changed if it is another by then.
 */
export function changeFor(wish: Wish, known: Grant | null, now: Date): GrantChange {
  const before = known === null || hasEnded(known, now) ? null : known;
  const permissions = [...new Set([...(before?.permissions ?? []), ...wish.permissions])];
  const reason = wish.reason.trim() === "" ? known?.reason : wish.reason.trim();
  return {
    kind: "user",
    subject: wish.user,
    prefix: wish.place,
    if_revision: known?.updated_revision ?? 0,
    put: {
      permissions,
      ...(before?.not_before == null ? {} : { not_before: before.not_before }),
      ...(wish.ends === null ? {} : { expires_at: wish.ends }),
      ...(reason == null ? {} : { reason }),
    },
  };
}

/** What another end would make of what a grant allows already: one grant has one end. `null` where that lasts as it does. */
export function endDiffers(ends: string | null, known: Grant | null, now: Date): "longer" | "shorter" | null {
  if (known === null || hasEnded(known, now)) return null;
  const [wanted, there] = [ends, known.expires_at ?? null].map((one) => (one === null ? Infinity : Date.parse(one)));
  if (wanted === undefined || there === undefined || wanted === there) return null;
  return wanted > there ? "longer" : "shorter";
}

/** Whether a grant is for later only. */
export function isForLater(grant: Grant, now: Date): boolean {
  return grant.not_before != null && new Date(grant.not_before) > now;
}

/** Whether a grant is over. */
export function hasEnded(grant: Grant, now: Date): boolean {
  return grant.expires_at != null && new Date(grant.expires_at) <= now;
}

/** The grants that name a user in a bucket. */
export async function grantsOf(bucket: string, user: string): Promise<Grant[]> {
  const all: Grant[] = [];
  let token: string | null = null;
  do {
    const page = await grantsPage(bucket, user, token);
    all.push(...page.items);
    token = page.next_page_token ?? null;
  } while (token !== null);
  return all;
}

async function grantsPage(bucket: string, user: string, token: string | null): Promise<Schemas["Page_Grant"]> {
  const paging = token === null ? {} : { page_token: token };
  const query = { kind: "user" as const, subject: user, page_size: 1000, ...paging };
  return data(await api.GET("/v1/buckets/{bucket}/grants", { params: { path: { bucket }, query } }));
}

/** The grant of a place, as it is. */
export function grantAt(grants: readonly Grant[], place: string): Grant | null {
  return grants.find((one) => one.prefix === place && (one.prefix_kind ?? "literal") === "literal") ?? null;
}

/** Makes a change, or says what it would do. */
export async function apply(bucket: string, change: GrantChange, isDry: boolean): Promise<GrantsChanged> {
  const query = { dry_run: isDry };
  const body = { changes: [change] };
  return data(await api.PATCH("/v1/buckets/{bucket}/grants", { params: { path: { bucket }, query }, body }));
}
