import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { ToggleButton } from "react-aria-components";

import { mayAudit, maySeeRights } from "../keyboard/pages";
import { useSession } from "../session/session";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Denied } from "../ui/Denied";
import { Empty } from "../ui/Empty";
import { LoadMore } from "../ui/LoadMore";
import { Trouble } from "../ui/Trouble";
import { useUsers } from "../users/read";
import { Details } from "./Details";
import { EventGrid } from "./EventGrid";
import { readPage, type AuditEvent } from "./events";
import { ExportDialog } from "./ExportDialog";
import { Filters } from "./Filters";
import { fits, queryOf, searchOf, type Search } from "./filters";
import { CHAIN, Integrity } from "./Integrity";
import { forgetExports } from "./sink";
import { unloaded, useTail } from "./useTail";
import { WhoCould, type Place } from "./WhoCould";

const words = text.audit;

type Asked = { what: "event"; event: AuditEvent } | { what: "export" } | { what: "who"; place: Place } | null;

/** What was asked of Cargo, and how it ended. The address holds the filters. */
export function Audit() {
  const session = useSession();
  return session !== null && mayAudit(session) ? <Trail /> : <Denied />;
}

function Trail() {
  const search = useSearch({ from: "/inside/audit", select: searchOf, structuralSharing: true });
  const navigate = useNavigate();
  const session = useSession();
  // What accounts are called is known once they are read.
  useUsers();
  const [isLive, setLive] = useState(false);
  const [dialog, setDialog] = useState<Asked>(null);
  const filter = useMemo(() => queryOf(search), [search]);
  const pages = useInfiniteQuery({
    queryKey: ["audit", filter, session?.who.id],
    queryFn: ({ pageParam }) => readPage(filter, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token ?? undefined,
    refetchOnWindowFocus: false,
  });
  const loaded = useMemo(() => (pages.data?.pages ?? []).flatMap((page) => page.items), [pages.data]);
  const tail = useTail(filter, isLive && pages.isSuccess, loaded[0]?.id ?? null);
  const all = useMemo(() => [...unloaded(tail.events, loaded, pages.hasNextPage), ...loaded], [tail.events, loaded, pages.hasNextPage]);
  const events = useMemo(() => all.filter((event) => fits(event, search)), [all, search]);
  useEffect(() => void forgetExports(), []);
  const queries = useQueryClient();
  const reload = () => {
    void pages.refetch();
    void queries.resetQueries({ queryKey: CHAIN });
  };
  const more = pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : null;
  const select = (next: Search) => void navigate({ to: "/audit", search: next });
  const isFiltered = Object.keys(search).length > 0;
  // The page selects by the key itself, among what is loaded.
  const isOfKey = search.key !== undefined;
  return (
    <>
      <title>{text.titleOf(words.title)}</title>
      <div className="tools top">
        <h1>{words.title}</h1>
        <span className="grow" />
        <ToggleButton className="button" isSelected={isLive} onChange={setLive}>
          <span className={isLive ? "lamp on" : "lamp"} aria-hidden />
          {words.live}
        </ToggleButton>
        {session === null || !maySeeRights(session) ? null : (
          <Button onPress={() => setDialog({ what: "who", place: { bucket: search.bucket ?? "", key: search.key ?? "", at: null } })}>
            {words.whoCould}
          </Button>
        )}
        <Button onPress={() => setDialog({ what: "export" })}>{words.export}</Button>
        <Button size="icon" look="bare" label={words.reload} isPending={pages.isRefetching} onPress={reload}>
          <RefreshCw aria-hidden />
        </Button>
      </div>
      <Filters search={search} onChange={select} />
      {pages.isError && loaded.length === 0 ? null : (
        <EventGrid
          of={JSON.stringify(search)}
          events={events}
          isPending={pages.isPending}
          isLoadingMore={pages.isFetchingNextPage}
          more={more}
          isFiltered={isOfKey}
          onOpen={(event) => setDialog({ what: "event", event })}
          empty={<Empty title={isFiltered ? words.noMatch : words.empty} />}
        />
      )}
      <div className="status" role="status">
        {pages.isSuccess ? <span>{words.loaded(all.length, pages.hasNextPage)}</span> : null}
        {isOfKey ? <span>{words.shown(events.length)}</span> : null}
        {isLive ? <span>{words.listening}</span> : null}
      </div>
      {/* What comes by itself stands below the grid: no row moves away under the pointer. */}
      {tail.error === null ? null : <Trouble error={tail.error} />}
      {pages.isError ? <Trouble error={pages.error} onRetry={() => void pages.refetch()} /> : null}
      {session?.who.project == null ? null : <Integrity who={session.who} />}
      {isOfKey && pages.hasNextPage ? <LoadMore isPending={pages.isFetchingNextPage} more={more} /> : null}
      {dialog?.what === "event" ? (
        <Details
          event={dialog.event}
          onClose={() => setDialog(null)}
          onFilter={(next) => {
            setDialog(null);
            select(next);
          }}
          onWhoCould={(place) => setDialog({ what: "who", place })}
        />
      ) : null}
      {dialog?.what === "who" ? <WhoCould place={dialog.place} onClose={() => setDialog(null)} /> : null}
      {dialog?.what === "export" ? <ExportDialog search={search} onClose={() => setDialog(null)} /> : null}
    </>
  );
}
