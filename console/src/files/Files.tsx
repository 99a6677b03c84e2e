import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useCanGoBack, useNavigate, useParams } from "@tanstack/react-router";
import { Upload } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";

import { Problem } from "../api/problem";
import { config } from "../config";
import { useSession } from "../session/session";
import { text } from "../text";
import { Empty } from "../ui/Empty";
import { LoadMore } from "../ui/LoadMore";
import { Trouble } from "../ui/Trouble";
import { Asked, type Question } from "./Asked";
import { download } from "./download";
import { dropped, type Dropped } from "./dropped";
import { FileGrid } from "./FileGrid";
import { focusFiles, isFocusLost } from "./focus";
import { listAgain } from "./listings";
import { NoAccess } from "./NoAccess";
import { addressOf, folderAt, parentOf, wayTo } from "./names";
import { compare, type Column, type Row } from "./rows";
import { Tools } from "./Tools";
import { upload } from "./uploads";
import { useFolder, useRights } from "./useFolder";
import { useKeys } from "./useKeys";
import { usePasted } from "./usePasted";

const words = text.files;

/** The files of a folder. */
export function Files() {
  const { bucket, _splat } = useParams({ from: "/inside/b/$bucket/$" });
  const folder = folderAt(_splat ?? "");
  // Another folder begins with nothing selected, filtered or asked.
  return <Folder key={`${bucket}/${folder}`} bucket={bucket} folder={folder} />;
}

function Folder({ bucket, folder }: { bucket: string; folder: string }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [start, setStart] = useState("");
  const asked = useDelayed(start, 250);
  const prefix = folder + asked;
  const { query, rows, forget } = useFolder(bucket, prefix);
  const [filter, setFilter] = useState("");
  const [sort, setSort] = useState<{ column: Column; isDown: boolean } | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<Question | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isDropping, setDropping] = useState(false);
  const depth = useRef(0);
  useListFocus(dialog !== null);
  const { may, isNothing, open: openHere } = useRights(bucket, folder);
  const chooser = useRef<HTMLInputElement>(null);
  const filterField = useRef<HTMLInputElement>(null);
  useKeys({
    u: () => {
      if (may("write")) chooser.current?.click();
    },
    "/": () => filterField.current?.focus(),
  });
  usePasted((files) => {
    if (may("write") && dialog === null) setDialog({ what: "upload", files });
  });

  const shown = useMemo(() => {
    const wanted = filter.trim().toLowerCase();
    const kept = wanted === "" ? rows : rows.filter((row) => row.name.toLowerCase().includes(wanted));
    if (sort === null) return kept;
    const factor = sort.isDown ? -1 : 1;
    return [...kept].sort((one, other) => {
      if (one.isFolder !== other.isFolder) return one.isFolder ? -1 : 1;
      return factor * compare(one, other, sort.column);
    });
  }, [rows, filter, sort]);
  const isFiltered = filter.trim() !== "";
  const more = query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : null;
  // What is not in sight is not acted upon.
  const chosen = shown.filter((row) => selected.has(row.key));

  const reload = () => listAgain(queries);
  const send = (to: string, files: readonly Dropped[]) => {
    upload(bucket, files.map(({ name, file }) => ({ key: to + name, file })));
  };
  const fetchAll = async (files: Row[]) => {
    setError(null);
    try {
      await download(bucket, files.map((row) => row.key));
    } catch (problem) {
      setError(problem);
    }
  };
  const enter = (prefix: string) => {
    void navigate({ to: "/b/$bucket/$", params: { bucket, _splat: addressOf(prefix) } });
  };
  const open = (row: Row) => {
    if (row.isFolder) enter(row.key);
    else setDialog({ what: "preview", row });
  };
  const up = () => {
    if (folder === "") void navigate({ to: "/" });
    else enter(parentOf(folder));
  };
  if (config().gateway === null) return <Empty title={words.noGateway} />;
  const where = (
    <>
      <title>{text.titleOf(`${bucket}/${folder}`)}</title>
      <nav className="where" aria-label={words.breadcrumbs}>
        <Crumbs bucket={bucket} folder={folder} />
        <Link to="/access" search={{ bucket }}>
          {text.nav.access}
        </Link>
      </nav>
    </>
  );
  if (isNothing && query.error instanceof Problem && query.error.status === 403) {
    return (
      <>
        {where}
        <NoAccess bucket={bucket} open={openHere} />
      </>
    );
  }
  return (
    <>
      {where}
      <Tools
        chosen={chosen}
        may={may}
        chooserRef={chooser}
        start={start}
        onStart={setStart}
        filterRef={filterField}
        filter={filter}
        onFilter={setFilter}
        isReloading={query.isRefetching}
        onReload={reload}
        onFiles={(files) => send(folder, files)}
        onDownload={() => void fetchAll(chosen)}
        onAsk={setDialog}
      />
      {error === null ? null : <Trouble error={error} />}
      {query.isError ? <Trouble error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isError && rows.length === 0 ? null : (
        <FileGrid
          label={words.grid(`${bucket}/${folder}`)}
          rows={shown}
          isPending={query.isPending}
          isLoadingMore={query.isFetchingNextPage}
          more={more}
          isFiltered={isFiltered}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={setSelected}
          onOpen={open}
          onUp={up}
          onDelete={(those) => {
            if (may("delete") && those.length > 0) setDialog({ what: "delete", rows: those });
          }}
          isDropping={isDropping && may("write")}
          empty={<Nothing isFiltered={filter !== ""} start={asked} mayWrite={may("write")} />}
          dropProps={{
            onDragEnter: () => {
              depth.current += 1;
              setDropping(true);
            },
            onDragLeave: () => {
              depth.current -= 1;
              if (depth.current === 0) setDropping(false);
            },
            onDragOver: (event) => event.preventDefault(),
            onDrop: (event) => {
              event.preventDefault();
              depth.current = 0;
              setDropping(false);
              // Who may not write is told so by the gateway: what was dropped is not passed over in silence.
              void dropped(event.dataTransfer)
                .then((files) => send(folder, files))
                .catch(setError);
            },
          }}
        />
      )}
      {isFiltered && query.hasNextPage ? <LoadMore isPending={query.isFetchingNextPage} more={more} /> : null}
      <Status query={query} count={rows.length} selected={chosen.length} isSorted={sort !== null} />
      {dialog === null ? null : (
        <Asked
          question={dialog}
          bucket={bucket}
          folder={folder}
          may={may}
          onSend={(to, files) => {
            send(to, files);
            if (to !== folder) enter(to);
          }}
          onEnter={(made) => {
            reload();
            enter(made);
          }}
          onGone={(gone) => {
            setSelected(new Set());
            forget(gone);
          }}
          onChanged={reload}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  );
}

/** Gives the keyboard to the list when a folder is entered from another page, and when a dialog is left. */
function useListFocus(isAsking: boolean): void {
  const isEntered = useCanGoBack();
  const wasAsking = useRef(false);
  useEffect(() => {
    if (isEntered && isFocusLost()) focusFiles();
  }, [isEntered]);
  useEffect(() => {
    if (wasAsking.current && !isAsking) focusFiles();
    wasAsking.current = isAsking;
  }, [isAsking]);
}

function Crumbs({ bucket, folder }: { bucket: string; folder: string }) {
  const home = useSession()?.who.home ?? null;
  const way = wayTo(bucket, folder, home === null ? null : { ...home, name: text.buckets.home });
  return (
    <ol className="crumbs">
      <li>
        <Link to="/" activeOptions={{ exact: true }}>
          {words.allBuckets}
        </Link>
      </li>
      {way.map(({ name, prefix }) => (
        <li key={prefix}>
          {prefix === folder ? (
            <h1 aria-current="page">{name === "" ? words.noName : name}</h1>
          ) : (
            <Link to="/b/$bucket/$" params={{ bucket, _splat: addressOf(prefix) }} activeOptions={{ exact: true }}>
              {name === "" ? words.noName : name}
            </Link>
          )}
        </li>
      ))}
    </ol>
  );
}

function Nothing({ isFiltered, start, mayWrite }: { isFiltered: boolean; start: string; mayWrite: boolean }) {
  if (isFiltered) return <Empty title={words.noMatch} />;
  if (start !== "") return <Empty title={words.noPrefix(start)} />;
  return (
    <Empty title={words.empty} icon={<Upload aria-hidden />}>
      <p>{mayWrite ? words.emptyHint : words.emptyReadOnly}</p>
    </Empty>
  );
}

type Query = Pick<ReturnType<typeof useInfiniteQuery>, "hasNextPage" | "isFetchingNextPage" | "isSuccess">;

function Status(props: { query: Query; count: number; selected: number; isSorted: boolean }) {
  const { query, count, selected, isSorted } = props;
  return (
    <div className="status" role="status">
      {query.isSuccess ? <span>{words.loaded(count, query.hasNextPage)}</span> : null}
      {query.isFetchingNextPage ? <span>{words.loadingMore}</span> : null}
      {isSorted && query.hasNextPage ? <span>{words.sortedLoaded}</span> : null}
      {selected === 0 ? null : <span>{words.selected(selected)}</span>}
    </div>
  );
}

/** A value once it has stood still for some milliseconds. */
function useDelayed(value: string, wait: number): string {
  const [delayed, setDelayed] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setDelayed(value), wait);
    return () => window.clearTimeout(timer);
  }, [value, wait]);
  return delayed;
}
