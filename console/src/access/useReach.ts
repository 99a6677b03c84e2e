import { useQuery } from "@tanstack/react-query";

import { useSession } from "../session/session";
import { hasScope, isRoot } from "../session/who";
import { covers } from "./sources";
import { readOwnRights, type Rights } from "./read";

/** How often a page asks whether somebody else changed what it shows, in milliseconds. */
export const OFTEN = 4000;

/** Which part of a bucket the reader administers. */
export interface Reach {
  isRoot: boolean;
  /** Whether they can change grants at all: an API key needs a scope for it. */
  canWrite: boolean;
  /** Whether all of the bucket. */
  all: boolean;
  /** The prefixes of which they administer all that is below. */
  prefixes: readonly string[];
  /** What they may do; `null` for the application, which may do everything. */
  rights: Rights | null;
}

/** The reader's reach in a bucket; it changes while the page is open. */
export function useReach(bucket: string) {
  const session = useSession();
  const root = session !== null && isRoot(session);
  const rights = useQuery({
    queryKey: ["rights", bucket, session?.who.id],
    queryFn: async () => (await readOwnRights(bucket))[0] ?? null,
    enabled: !root,
    refetchInterval: OFTEN,
  });
  return { query: rights, reach: root ? { ...ROOT, canWrite: hasScope(session, "grants:write") } : rights.isSuccess ? reachOf(rights.data) : null };
}

const ROOT: Reach = { isRoot: true, canWrite: true, all: true, prefixes: [""], rights: null };

function reachOf(rights: Rights | null): Reach {
  const all = rights?.permissions.includes("admin") ?? false;
  const below = (rights?.prefixes ?? []).filter((one) => one.permissions.includes("admin"));
  const prefixes = all ? [""] : below.map((one) => one.prefix);
  return { isRoot: false, canWrite: true, all, prefixes, rights };
}

/** Whether a reader administers what is below a prefix. */
export function administers(reach: Reach, prefix: string): boolean {
  const start = prefix.split("${", 1)[0] ?? "";
  return reach.prefixes.some((one) => covers({ prefix: one }, { prefix: start, prefixKind: "literal" }, NOBODY));
}

const NOBODY = { kind: "user" as const, subject: "" };
