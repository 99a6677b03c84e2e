import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import { api, data } from "../api/client";
import { EACH, type Permission } from "../permissions";
import { useSession } from "../session/session";
import { isRoot, lacksSign } from "../session/who";
import { list, type Page } from "./gateway";
import { changeListing, listingKey } from "./listings";
import { may } from "./may";
import { without } from "./patch";
import { rowsOf, type Row } from "./rows";

/** The rows of the pages that are loaded: a page that did not change is not read again. */
const rowsOfPages = new WeakMap<Page, Row[]>();

function known(page: Page, read: (page: Page) => Row[]): Row[] {
  const rows = rowsOfPages.get(page) ?? read(page);
  rowsOfPages.set(page, rows);
  return rows;
}

/** The loaded part of a folder. */
export function useFolder(bucket: string, prefix: string) {
  const queries = useQueryClient();
  const queryKey = listingKey(bucket, prefix);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => list(bucket, prefix, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token ?? undefined,
  });
  const pages = query.data?.pages;
  const rows = useMemo((): Row[] => {
    const read = rowsOf(prefix);
    return (pages ?? []).flatMap((page) => known(page, read));
  }, [pages, prefix]);
  const forget = (keys: ReadonlySet<string>) => changeListing(queries, queryKey, (all) => without(all, keys));
  return { query, rows, forget };
}

/** Whether who signed in may do something in a folder. */
export function useMay(bucket: string, prefix: string): (permission: Permission) => boolean {
  const session = useSession();
  const held = useHeld(bucket);
  return (permission) => (session !== null && isRoot(session)) || may(held.data ?? undefined, permission, prefix);
}

/** What who signed in may do with the files of a folder. */
export function useRights(bucket: string, prefix: string) {
  const session = useSession();
  const held = useHeld(bucket);
  const allows = useMay(bucket, prefix);
  const isKeyOnly = session !== null && lacksSign(session);
  return {
    may: (permission: Permission) => !isKeyOnly && allows(permission),
    /** Whether it is known that nothing is allowed here. */
    isNothing: held.isSuccess && !EACH.some(allows),
    /** The folders of the bucket in which something is allowed. */
    open: held.data?.prefixes.map((one) => one.prefix) ?? [],
  };
}

/** What a user holds in a bucket. An API key is not asked about: no grants are looked at for it. */
function useHeld(bucket: string) {
  const session = useSession();
  return useQuery({
    queryKey: ["permissions", bucket],
    queryFn: async () => data(await api.GET("/v1/permissions", { params: { query: { bucket } } })).items[0] ?? null,
    enabled: session === null || !isRoot(session),
  });
}
