import { api, data } from "../api/client";
import type { components } from "../api/schema";
import { changeOf, type Edit } from "./staged";

export type Saved = components["schemas"]["GrantsChanged"];

/** The most changes of one request (the limit of the API). */
export const MOST = 1000;

/** Saves edits: all, or none; or, with `dryRun`, says what they would come to. */
export async function save(bucket: string, edits: readonly Edit[], how: { dryRun?: boolean; force?: boolean } = {}): Promise<Saved> {
  const query = { ...(how.dryRun ? { dry_run: true } : {}), ...(how.force ? { force: true } : {}) };
  const body = { changes: edits.map(changeOf) };
  return data(await api.PATCH("/v1/buckets/{bucket}/grants", { params: { path: { bucket }, query }, body }));
}
