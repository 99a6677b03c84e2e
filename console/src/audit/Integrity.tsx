import { useInfiniteQuery } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useEffect } from "react";

import type { Session } from "../session/session";
import { text } from "../text";
import { CopyButton } from "../ui/CopyButton";
import { Trouble } from "../ui/Trouble";
import { When } from "../ui/When";
import { verifyPart, type ChainBreak, type ChainCheck } from "./chain";

const words = text.audit.chain;

/** What the queries of the chain begin with. */
export const CHAIN = ["chain"];

/** Whether the log of changes is as it was written. It is verified part by part, at each visit, and anew when it is reset. */
export function Integrity({ who }: Pick<Session, "who">) {
  const parts = useInfiniteQuery({
    queryKey: [...CHAIN, who.id, who.project],
    queryFn: ({ pageParam, signal }) => verifyPart(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (part) => (part.more ? part.next : undefined),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const { hasNextPage, isFetching, isError, fetchNextPage } = parts;
  const isOver = !hasNextPage || isFetching || isError;
  useEffect(() => {
    if (!isOver) void fetchNextPage();
  }, [isOver, fetchNextPage]);
  if (isError) return <Trouble error={parts.error} onRetry={() => void parts.refetch()} />;
  const pages = parts.data?.pages ?? [];
  const last = pages.at(-1);
  if (last === undefined || hasNextPage) {
    return (
      <div className="status" role="status">
        {words.verifying(pages.reduce((sum, part) => sum + part.changes, 0))}
      </div>
    );
  }
  return last.broken == null ? <Unbroken check={last} /> : <Broken check={last} broken={last.broken} />;
}

function Unbroken({ check }: { check: ChainCheck }) {
  return (
    <div className="status integrity" role="status">
      <span>
        <ShieldCheck aria-hidden /> {words.unbroken(check.verified_revision)}
        <Made check={check} />. {words.only}
      </span>
      <code title={words.keep}>{check.next}</code>
      <CopyButton value={check.next} label={words.copyHead} />
    </div>
  );
}

function Broken({ check, broken }: { check: ChainCheck; broken: ChainBreak }) {
  return (
    <div className="notice bad" role="alert">
      <div className="words">
        <strong>{words.broken(broken.revision)}</strong>
        <div>
          {words.faults[broken.reason]} {broken.column == null ? null : words.column(broken.column)} {words.means}
        </div>
        <div className="id">
          {words.holdsUntil(check.verified_revision)}
          <Made check={check} />
        </div>
      </div>
    </div>
  );
}

/** When the last change was made that holds. */
function Made({ check }: { check: ChainCheck }) {
  if (check.verified_at == null) return null;
  return (
    <>
      , <When at={new Date(check.verified_at)} isExact />
    </>
  );
}
