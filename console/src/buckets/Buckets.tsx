import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Archive, Folder, House } from "lucide-react";
import { useState } from "react";

import { api, data } from "../api/client";
import { all, pageAt } from "../api/pages";
import type { components } from "../api/schema";
import { addressOf } from "../files/names";
import { listed, setOf } from "../permissions";
import { session, useSession } from "../session/session";
import { isRoot, lacksSign } from "../session/who";
import { text } from "../text";
import { Empty } from "../ui/Empty";
import { Field } from "../ui/Field";
import { Table } from "../ui/Table";
import { Trouble } from "../ui/Trouble";
import { placesOf, type Place } from "./places";

type Held = components["schemas"]["BucketPermissions"];

const words = text.buckets;
/** From how many buckets on a filter is of use. */
const MANY = 8;

/** The buckets that somebody can use. */
export function Buckets() {
  const who = useSession();
  const [filter, setFilter] = useState("");
  const buckets = useQuery({ queryKey: ["buckets", who?.who.id], queryFn: readBuckets });
  const places = placesOf(buckets.data ?? [], who?.who.home ?? null);
  const sought = filter.trim().toLowerCase();
  const shown = places.filter((one) => `${one.bucket}/${one.prefix}`.toLowerCase().includes(sought));
  return (
    <>
      <title>{text.titleOf(words.title)}</title>
      <div className="tools">
        <h1>{words.title}</h1>
        <span className="grow" />
        {places.length < MANY ? null : (
          <Field label={words.filter} placeholder={words.filter} hideLabel value={filter} onChange={setFilter} />
        )}
      </div>
      {buckets.isError ? <Trouble error={buckets.error} onRetry={() => void buckets.refetch()} /> : null}
      {buckets.isSuccess && places.length === 0 ? <None id={who?.who.id ?? ""} root={who !== null && isRoot(who)} /> : null}
      {places.length > 0 && shown.length === 0 ? <Empty title={words.noMatch} /> : null}
      {buckets.isPending || shown.length > 0 ? (
        <Table
          label={words.title}
          look="buckets"
          rows={shown}
          keyOf={(one) => `${one.bucket}/${one.prefix}`}
          head={
            <>
              <div role="columnheader">{words.name}</div>
              <div role="columnheader">{words.rights}</div>
              <div role="columnheader">
                <span className="hidden">{text.nav.access}</span>
              </div>
            </>
          }
          cells={(one) => <Cells place={one} />}
          isPending={buckets.isPending}
        />
      ) : null}
    </>
  );
}

function Cells({ place }: { place: Place }) {
  const { bucket, prefix, isHome } = place;
  const session = useSession();
  return (
    <>
      <div className="name" role="cell">
        {isHome ? <House aria-hidden /> : prefix === "" ? <Archive aria-hidden /> : <Folder aria-hidden className="folder" />}
        <Link to="/b/$bucket/$" params={{ bucket, _splat: addressOf(prefix) }}>
          {isHome ? words.home : nameOf(place)}
        </Link>
        {isHome ? <span className="soft path">{nameOf(place)}</span> : null}
      </div>
      <div role="cell" className="soft">
        {session !== null && lacksSign(session) ? words.noSign : listed(setOf(place.permissions))}
      </div>
      <div role="cell">
        <Link to="/access" search={{ bucket: bucket }} aria-label={text.access.of(bucket)}>
          {text.nav.access}
        </Link>
      </div>
    </>
  );
}

function nameOf({ bucket, prefix }: Place): string {
  return prefix === "" ? bucket : `${bucket}/${prefix}`;
}

function None({ id, root }: { id: string; root: boolean }) {
  return (
    <Empty title={root ? words.noneRoot : words.none} icon={<Archive aria-hidden />}>
      <p>{root ? words.noneRootHint : words.noneHint}</p>
      {root ? null : <code>{id}</code>}
    </Empty>
  );
}

export async function readBuckets(): Promise<Held[]> {
  const now = session();
  if (now !== null && !isRoot(now)) return data(await api.GET("/v1/permissions")).items;
  const buckets = await all(async (token) => data(await api.GET("/v1/buckets", { params: { query: pageAt(token) } })));
  return buckets.items.map((one) => ({ bucket: one.name, permissions: ["read", "write", "delete", "admin"], prefixes: [] }));
}
