import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";

import { NO_EDITS, type Edits } from "./staged";

/**
 * The edits of a bucket that are not saved. They are kept while other pages are looked at, and gone when somebody
 * signs out.
 */
export function useStaged(bucket: string): [Edits, (by: (edits: Edits) => Edits) => void] {
  const queries = useQueryClient();
  const { data } = useQuery<Edits>({
    queryKey: ["staged", bucket],
    queryFn: () => NO_EDITS,
    initialData: NO_EDITS,
    staleTime: Infinity,
    gcTime: Infinity,
  });
  const change = useCallback(
    (by: (edits: Edits) => Edits) => {
      queries.setQueryData<Edits>(["staged", bucket], (edits) => by(edits ?? NO_EDITS));
    },
    [queries, bucket],
  );
  useEffect(() => {
    if (data.size === 0) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [data]);
  return [data, change];
}
