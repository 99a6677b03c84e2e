import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";

import { now } from "../session/clock";
import { readBucket, readGrants, readHeld, readRevision } from "./read";
import { Sources } from "./sources";
import { byId } from "./staged";
import { setOf } from "../permissions";
import { OFTEN, type Reach } from "./useReach";

const NONE: never[] = [];

/** What is known of the access to a bucket, now or at an instant. What others change is seen within seconds. */
export function useMatrix(bucket: string, at: string | null, reach: Reach) {
  const queries = useQueryClient();
  const grants = useQuery({
    queryKey: ["grants", bucket, at],
    queryFn: () => readGrants(bucket, at),
    placeholderData: keepPreviousData,
  });
  const rules = useQuery({ queryKey: ["bucket", bucket], queryFn: () => readBucket(bucket) });
  const held = useQuery({
    queryKey: ["held", bucket, at],
    queryFn: () => readHeld(bucket, at),
    enabled: reach.all,
    placeholderData: keepPreviousData,
  });
  const newest = useQuery({
    queryKey: ["revision", bucket],
    queryFn: () => readRevision(bucket),
    enabled: at === null && grants.isSuccess,
    refetchInterval: OFTEN,
  });
  const [known, there] = [grants.data?.revision ?? null, newest.data ?? null];
  useEffect(() => {
    if (at !== null || known === null || there === null || there === known) return;
    if (newest.dataUpdatedAt <= grants.dataUpdatedAt) return;
    for (const name of ["grants", "held", "bucket"]) void queries.invalidateQueries({ queryKey: [name, bucket] });
  }, [at, known, there, newest.dataUpdatedAt, grants.dataUpdatedAt, queries, bucket]);

  const items = grants.data?.items ?? NONE;
  const ids = useMemo(() => byId(items), [items]);
  const sources = useMemo(() => {
    const [open, ceiling] = [rules.data?.public_permissions, rules.data?.ceiling];
    if (open === undefined || ceiling === undefined) return null;
    const facts = { grants: items, public: setOf(open), ceiling: setOf(ceiling), held: held.data ?? null };
    return new Sources(facts, at === null ? now() : new Date(at));
  }, [items, rules.data, held.data, at]);
  return { grants, rules, held, items, byId: ids, sources };
}
