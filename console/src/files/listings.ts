// The listings of folders that are kept, and what becomes of them when something changes.

import type { InfiniteData, QueryClient, QueryKey } from "@tanstack/react-query";

import type { Page } from "./gateway";
import { folderOf } from "./names";
import { withArrived } from "./patch";
import type { Upload } from "./upload";

/** The pages of a folder that are loaded. */
export type Loaded = InfiniteData<Page, string | null>;

/** What is below all keys of listings. */
const LISTINGS = "files";

/** The key of a folder's listing, or of what begins with a prefix in it. */
export function listingKey(bucket: string, prefix: string): readonly [string, string, string] {
  return [LISTINGS, bucket, prefix];
}

/**
 * Changes the loaded pages of a listing, so that nothing is listed again. What is under way may have been answered before
 * the change: it is changed, too, once it is there.
 */
export function changeListing(queries: QueryClient, queryKey: QueryKey, by: (pages: readonly Page[]) => Page[]): void {
  const query = queries.getQueryCache().find({ queryKey, exact: true });
  if (query === undefined) return;
  const apply = () => {
    queries.setQueryData<Loaded>(queryKey, (loaded) => loaded && { ...loaded, pages: by(loaded.pages) });
  };
  apply();
  if (query.state.fetchStatus !== "idle") void query.promise?.then(apply, () => undefined);
}

/** Shows what has arrived in the listing in sight, and forgets those that are not in sight and would not have it. */
export function showArrived(queries: QueryClient, { bucket, key, size }: Upload): void {
  const item = { key, size, last_modified: new Date().toISOString(), etag: null };
  for (const query of queries.getQueryCache().findAll({ queryKey: [LISTINGS, bucket] })) {
    const queryKey = query.queryKey as ReturnType<typeof listingKey>;
    const [, , prefix] = queryKey;
    if (!key.startsWith(prefix)) continue;
    if (query.isActive()) changeListing(queries, queryKey, (pages) => withArrived(pages, folderOf(prefix), item));
    else queries.removeQueries({ queryKey, exact: true });
  }
}

/** Lists what is in sight again, and forgets all other listings. */
export function listAgain(queries: QueryClient): void {
  queries.removeQueries({ queryKey: [LISTINGS], type: "inactive" });
  void queries.invalidateQueries({ queryKey: [LISTINGS] });
}
