import { useQuery, useQueryClient } from "@tanstack/react-query";
import { History, Trash2, X } from "lucide-react";
import { useState, type ReactNode } from "react";

import { api, data } from "../api/client";
import { Problem } from "../api/problem";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Trouble } from "../ui/Trouble";
import { Name } from "../users/Name";
import { learnerOfNames } from "../users/names";
import { kindAndName } from "../users/subjects";
import { DeleteVersion } from "./DeleteVersion";
import { moment, size, utc } from "./format";
import { head, restore, tags, versions, type Version } from "./objects";
import type { Row } from "./rows";
import { decodeWords } from "./words";

const words = text.details;

interface Props {
  bucket: string;
  row: Row;
  mayWrite: boolean;
  mayDelete: boolean;
  mayAdminister: boolean;
  /** Called when another version is the present one. */
  onChanged: () => void;
  onClose: () => void;
}

/** What the storage knows of an object, and who may reach it. */
export function Details(props: Props) {
  const { bucket, row, onClose } = props;
  const close = (
    <Button size="icon" look="bare" label={text.close} onPress={onClose}>
      <X aria-hidden />
    </Button>
  );
  return (
    <Dialog title={row.name} isWide extra={close} onClose={onClose}>
      <div className="details">
        <About bucket={bucket} row={row} />
        <Tags bucket={bucket} row={row} />
        <Versions {...props} />
        <Access {...props} />
      </div>
    </Dialog>
  );
}

function About({ bucket, row }: { bucket: string; row: Row }) {
  const query = useQuery({ queryKey: ["head", bucket, row.key], queryFn: () => head(bucket, row.key), staleTime: 0 });
  if (query.isError) return <Trouble error={query.error} onRetry={() => void query.refetch()} />;
  if (query.isPending) return <p className="soft">{text.loading}</p>;
  const { data: it } = query;
  const lines: [string, ReactNode][] = [
    [words.where, `${bucket}/${row.key}`],
    [words.size, words.bytes(size(it.size), it.size)],
    [words.type, it.type],
    [words.changed, it.changed === null ? "" : <When at={it.changed} />],
    ["ETag", it.etag],
    ...(it.version === null ? [] : [[words.version, it.version] as [string, ReactNode]]),
    ...it.checksums.map(([name, value]): [string, ReactNode] => [words.checksum(name.toUpperCase()), value]),
    ...it.others,
  ];
  return (
    <>
      <Pairs title={words.about} pairs={lines} />
      <Pairs
        title={words.metadata}
        pairs={it.metadata.map(([name, value]) => [name, decodeWords(value)])}
        none={words.noMetadata}
      />
    </>
  );
}

function Tags({ bucket, row }: { bucket: string; row: Row }) {
  const query = useQuery({ queryKey: ["tags", bucket, row.key], queryFn: () => tags(bucket, row.key), staleTime: 0 });
  if (query.isError) return <Refused title={words.tags} error={query.error} />;
  if (query.isPending) return null;
  return <Pairs title={words.tags} pairs={query.data ?? []} none={query.data === null ? words.tagsUnknown : words.noTags} />;
}

function Versions({ bucket, row, mayWrite, mayDelete, onChanged }: Props) {
  const queries = useQueryClient();
  const queryKey = ["versions", bucket, row.key];
  const query = useQuery({ queryKey, queryFn: () => versions(bucket, row.key), staleTime: 0 });
  const [leaving, setLeaving] = useState<Version | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const reload = async () => {
    await Promise.all([queries.invalidateQueries({ queryKey }), queries.invalidateQueries({ queryKey: ["head", bucket] })]);
    onChanged();
  };
  const bringBack = async (version: Version) => {
    setBusy(version.id);
    setError(null);
    try {
      await restore(bucket, row.key, version.id);
      await reload();
    } catch (problem) {
      setError(problem);
    }
    setBusy(null);
  };
  if (query.isError) return <Refused title={words.versions} error={query.error} />;
  if (query.isPending) return null;
  if (query.data === null) return <Pairs title={words.versions} pairs={[]} none={words.versionsUnknown} />;
  const missing = (may: boolean, permission: "write" | "delete") =>
    may ? null : text.files.missing(text.permissions[permission]);
  return (
    <section>
      <h3>{words.versions}</h3>
      {error === null ? null : <Trouble error={error} />}
      {query.data.every((one) => one.id === "null") ? <p className="soft">{words.noVersions}</p> : null}
      <ul className="versions">
        {query.data.map((one) => (
          <li key={one.id}>
            <span className="grow">
              <When at={one.changed} /> · {one.isDeletion ? words.deletion : size(one.size)}
              {one.isLatest ? ` · ${words.present}` : ""} <code>{one.id}</code>
            </span>
            {one.isLatest || one.isDeletion ? null : (
              <Button size="small" missing={missing(mayWrite, "write")} isPending={busy === one.id} onPress={() => void bringBack(one)}>
                <History aria-hidden /> {words.restore}
              </Button>
            )}
            <Button size="icon" look="bare" label={words.remove(moment(one.changed))} missing={missing(mayDelete, "delete")} onPress={() => setLeaving(one)}>
              <Trash2 aria-hidden />
            </Button>
          </li>
        ))}
      </ul>
      {leaving === null ? null : (
        <DeleteVersion
          bucket={bucket}
          row={row}
          version={leaving}
          onClose={() => setLeaving(null)}
          onDeleted={() => {
            setLeaving(null);
            void reload();
          }}
        />
      )}
    </section>
  );
}

/** The most of a list that is shown: who looks for one of more asks the page of the access. */
const SHOWN = 100;

function Access({ bucket, row, mayAdminister }: Props) {
  const query = useQuery({
    queryKey: ["access-of", bucket, row.key],
    queryFn: async () => {
      const asked = { path: { bucket }, query: { key: row.key, page_size: SHOWN } };
      const learn = learnerOfNames();
      const page = data(await api.GET("/v1/buckets/{bucket}/access", { params: asked }));
      learn(page.items);
      return page;
    },
    enabled: mayAdminister,
  });
  if (!mayAdminister) return <Pairs title={words.access} pairs={[]} none={words.accessHint} />;
  if (query.isError) return <Refused title={words.access} error={query.error} />;
  if (query.isPending) return null;
  const pairs = query.data.items.map((one): Pair => [
    kindAndName(one),
    one.permissions.map((one) => text.permissions[one]).join(", "),
    one.kind === "user" ? <Name key="name" of={one} /> : kindAndName(one),
  ]);
  const none = query.data.next_page_token == null ? words.nobody : words.others;
  return <Pairs title={words.access} pairs={pairs} none={pairs.length === 0 ? none : undefined} />;
}

function Refused({ title, error }: { title: string; error: Error }) {
  const isDenied = error instanceof Problem && error.status === 403;
  if (isDenied) return <Pairs title={title} pairs={[]} none={words.denied} />;
  return (
    <section>
      <h3>{title}</h3>
      <Trouble error={error} />
    </section>
  );
}

function When({ at }: { at: Date }) {
  return <span title={utc(at)}>{moment(at)}</span>;
}

/** A name, a value, and how the name is shown if it is no text. */
type Pair = readonly [name: string, value: ReactNode, shown?: ReactNode];

function Pairs(props: { title: string; pairs: readonly Pair[]; none?: string | undefined }) {
  return (
    <section>
      <h3>{props.title}</h3>
      {props.pairs.length === 0 ? (
        <p className="soft">{props.none}</p>
      ) : (
        <dl>
          {props.pairs.map(([name, value, shown = name]) => (
            <div key={name}>
              <dt>{shown}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
