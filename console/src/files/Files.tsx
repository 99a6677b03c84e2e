import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Download, FolderPlus, RefreshCw, Trash2, Upload } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { FileTrigger } from "react-aria-components";

import { config } from "../config";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Field } from "../ui/Field";
import { Trouble } from "../ui/Trouble";
import { Delete } from "./Delete";
import { download } from "./download";
import { dropped, type Dropped } from "./dropped";
import { Grid } from "./Grid";
import { addressOf, crumbs, folderAt, parentOf } from "./names";
import { NewFolder } from "./NewFolder";
import { Preview } from "./Preview";
import { compare, type Column, type Row } from "./rows";
import { upload } from "./uploads";
import { useFolder, useMay } from "./useFolder";

const words = text.files;

type Asked = { what: "delete"; rows: Row[] } | { what: "folder" } | { what: "preview"; row: Row } | null;

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
  const [dialog, setDialog] = useState<Asked>(null);
  const [error, setError] = useState<unknown>(null);
  const [isDropping, setDropping] = useState(false);
  const depth = useRef(0);
  const may = useMay(bucket, folder);
  const missing = (permission: "read" | "write" | "delete") =>
    may(permission) ? null : words.missing(text.buckets.permissions[permission]);

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
  const chosen = rows.filter((row) => selected.has(row.key));

  const reload = () => void queries.invalidateQueries({ queryKey: ["files", bucket] });
  const send = (files: Dropped[]) => {
    upload(bucket, files.map(({ name, file }) => ({ key: folder + name, file })));
  };
  const fetchAll = async (files: Row[]) => {
    setError(null);
    try {
      for (const row of files) await download(bucket, row.key);
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
  return (
    <>
      <title>{text.titleOf(`${bucket}/${folder}`)}</title>
      <nav className="where" aria-label={words.breadcrumbs}>
        <Crumbs bucket={bucket} folder={folder} />
        <Link to="/access" search={{ bucket }}>
          {text.nav.access}
        </Link>
      </nav>
      <div className="tools">
        {missing("write") === null ? (
          <FileTrigger allowsMultiple onSelect={(files) => send([...(files ?? [])].map((file) => ({ name: file.name, file })))}>
            <Button look="main">
              <Upload aria-hidden /> {words.upload}
            </Button>
          </FileTrigger>
        ) : (
          <Button missing={missing("write")}>
            <Upload aria-hidden /> {words.upload}
          </Button>
        )}
        <Button missing={missing("write")} onPress={() => setDialog({ what: "folder" })}>
          <FolderPlus aria-hidden /> {words.newFolder}
        </Button>
        {chosen.length === 0 ? null : (
          <>
            <Button
              missing={chosen.some((row) => row.isFolder) ? words.onlyFiles : missing("read")}
              onPress={() => void fetchAll(chosen)}
            >
              <Download aria-hidden /> {words.download}
            </Button>
            <Button missing={missing("delete")} onPress={() => setDialog({ what: "delete", rows: chosen })}>
              <Trash2 aria-hidden /> {words.delete}
            </Button>
          </>
        )}
        <span className="grow" />
        <Field
          label={words.startsWith}
          placeholder={words.startsWith}
          hideLabel
          value={start}
          onChange={setStart}
        />
        <Field label={words.filter} placeholder={words.filter} hideLabel value={filter} onChange={setFilter} />
        <Button size="icon" look="bare" label={words.refresh} isPending={query.isRefetching} onPress={reload}>
          <RefreshCw aria-hidden />
        </Button>
      </div>
      {error === null ? null : <Trouble error={error} />}
      {query.isError ? <Trouble error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isError && rows.length === 0 ? null : (
        <Grid
          label={words.grid(`${bucket}/${folder}`)}
          rows={shown}
          isPending={query.isPending}
          isLoadingMore={query.isFetchingNextPage}
          more={query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : null}
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
              if (may("write")) void dropped(event.dataTransfer).then(send).catch(setError);
            },
          }}
        />
      )}
      <Status query={query} count={rows.length} selected={chosen.length} isSorted={sort !== null} />
      {dialog?.what === "folder" ? (
        <NewFolder
          bucket={bucket}
          folder={folder}
          onClose={() => setDialog(null)}
          onMade={(made) => {
            reload();
            enter(made);
          }}
        />
      ) : null}
      {dialog?.what === "preview" ? (
        <Preview bucket={bucket} row={dialog.row} onClose={() => setDialog(null)} />
      ) : null}
      {dialog?.what === "delete" ? (
        <Delete
          bucket={bucket}
          rows={dialog.rows}
          onClose={(gone) => {
            setDialog(null);
            setSelected(new Set());
            forget(gone);
            // A folder that is empty now is none.
            if (dialog.rows.some((row) => row.isFolder)) reload();
          }}
        />
      ) : null}
    </>
  );
}

function Crumbs({ bucket, folder }: { bucket: string; folder: string }) {
  const way = [{ name: bucket, prefix: "" }, ...crumbs(folder)];
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
