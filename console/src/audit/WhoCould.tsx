import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, data } from "../api/client";
import type { components } from "../api/schema";
import { readBuckets } from "../buckets/Buckets";
import { EACH, listed, type Permission } from "../permissions";
import { useSession } from "../session/session";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Choice";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Suggest } from "../ui/Suggest";
import { Table } from "../ui/Table";
import { instantOf, localOf } from "../ui/times";
import { Trouble } from "../ui/Trouble";
import { Name } from "../users/Name";
import { learnerOfNames } from "../users/names";
import { isEverybody } from "../users/subjects";

type Page = components["schemas"]["Page_SubjectPermissions"];
type Row = components["schemas"]["SubjectPermissions"];

const words = text.audit;

/** Where and when access is looked at. */
export interface Place {
  bucket: string;
  /** Empty for the whole bucket. */
  key: string;
  /** `null` for now. */
  at: Date | null;
}

/** Who held what in a place, on a day. */
export function WhoCould({ place, onClose }: { place: Place; onClose: () => void }) {
  const session = useSession();
  const [bucket, setBucket] = useState(place.bucket);
  const [key, setKey] = useState(place.key);
  const [at, setAt] = useState(() => localOf(place.at?.toISOString() ?? null));
  const [permission, setPermission] = useState<Permission | "any">("any");
  const [asked, setAsked] = useState(() => (place.bucket === "" ? null : questionOf(place, place.at?.toISOString(), "any")));
  const buckets = useQuery({ queryKey: ["buckets", session?.who.id], queryFn: readBuckets });
  const found = useInfiniteQuery({
    queryKey: ["access", asked],
    queryFn: ({ pageParam }) => (asked === null ? nobody : read(asked, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token ?? undefined,
    enabled: asked !== null,
  });
  const rows = (found.data?.pages ?? []).flatMap((page) => page.items);
  const isNone = found.isSuccess && rows.length === 0;
  return (
    <Dialog title={words.whoCouldTitle} isWide onClose={onClose}>
      <form
        className="who-could"
        onSubmit={(event) => {
          event.preventDefault();
          const when = instantOf(at, place.at?.toISOString() ?? null) ?? undefined;
          if (bucket.trim() !== "") setAsked(questionOf({ bucket: bucket.trim(), key }, when, permission));
        }}
      >
        <Suggest label={words.bucket} options={(buckets.data ?? []).map((one) => one.bucket)} value={bucket} onChange={setBucket} />
        <Field label={words.keyOf} hint={words.wholeBucket} value={key} onChange={setKey} />
        <Field type="datetime-local" label={words.at} hint={words.nowIfEmpty} value={at} onChange={setAt} />
        <Choice
          label={words.permission}
          value={permission}
          options={[{ id: "any", label: words.anyPermission }, ...EACH.map((id) => ({ id, label: id }))]}
          onChange={setPermission}
        />
        <Button type="submit" look="main" isPending={found.isFetching}>
          {words.show}
        </Button>
      </form>
      {found.isError ? <Trouble error={found.error} onRetry={() => void found.refetch()} /> : null}
      {asked === null || found.isError || isNone ? null : (
        <Table
          label={words.whoCouldTitle}
          look="who-list"
          rows={rows}
          keyOf={(one) => `${one.kind} ${one.subject}`}
          head={
            <>
              <div role="columnheader">{words.subject}</div>
              <div role="columnheader">{words.held}</div>
            </>
          }
          cells={(one) => <Cells row={one} />}
          isPending={found.isPending}
        />
      )}
      {isNone ? <p className="soft">{words.nobody}</p> : null}
      <div className="ends">
        {found.hasNextPage ? (
          <Button isPending={found.isFetchingNextPage} onPress={() => void found.fetchNextPage()}>
            {text.files.loadMore}
          </Button>
        ) : null}
        <Button onPress={onClose}>{text.close}</Button>
      </div>
    </Dialog>
  );
}

function Cells({ row }: { row: Row }) {
  return (
    <>
      <div role="cell">
        {isEverybody(row.kind) ? null : (
          <span title={row.subject}>
            <Name of={row} />
          </span>
        )}{" "}
        <span className="soft">{text.kinds[row.kind]}</span>
      </div>
      <div role="cell">
        {listed(row.permissions)}
        {row.prefixes.map((below) => (
          <div key={below.prefix} className="soft">
            {below.prefix}: {listed(below.permissions)}
          </div>
        ))}
      </div>
    </>
  );
}

interface Question {
  bucket: string;
  query: { key?: string; at?: string; permission?: Permission };
}

const nobody: Page = { items: [] };

function questionOf(place: { bucket: string; key: string }, at: string | undefined, permission: Permission | "any"): Question {
  const query = {
    ...(place.key === "" ? {} : { key: place.key }),
    ...(at === undefined ? {} : { at }),
    ...(permission === "any" ? {} : { permission }),
  };
  return { bucket: place.bucket, query };
}

async function read({ bucket, query }: Question, token: string | null): Promise<Page> {
  const paging = { page_size: 200, ...(token === null ? {} : { page_token: token }) };
  const params = { path: { bucket }, query: { ...query, ...paging } };
  const learn = learnerOfNames();
  const page = data(await api.GET("/v1/buckets/{bucket}/access", { params }));
  learn(page.items);
  return page;
}
