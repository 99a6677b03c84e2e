import { moment } from "../files/format";
import { text } from "../text";
import { Empty } from "../ui/Empty";
import { nameOf } from "../users/subjects";
import { setOf } from "../permissions";
import { Rights, type RightsRow } from "./Rights";
import { sayWhy, whereOf } from "./rows";
import type { Held, Place, Sources } from "./sources";
import { WhoLink } from "./WhoLink";

const words = text.access;

interface Props {
  bucket: string;
  held: readonly Held[];
  sources: Sources | null;
  filter: string;
  isPending: boolean;
}

/** Who can do what in a bucket, all sources together. */
export function HeldView({ bucket, held, sources, filter, isPending }: Props) {
  const wanted = filter.trim().toLowerCase();
  const shown = wanted === "" ? held : held.filter((one) => `${nameOf(one)}\n${one.subject}`.toLowerCase().includes(wanted));
  const rows = shown.flatMap((one) => rowsOf(one, sources));
  if (!isPending && rows.length === 0) return <Empty title={wanted === "" ? words.held.none : words.noMatch} />;
  return (
    <>
      <p className="soft small">{words.held.hint}</p>
      <Rights
        label={words.held.label(bucket)}
        heads={[words.columns.subject, words.columns.place]}
        rows={rows}
        isPending={isPending}
      />
    </>
  );
}

function rowsOf(held: Held, sources: Sources | null): RightsRow[] {
  const places = [
    ...(held.permissions.length === 0 ? [] : [{ prefix: "", prefix_kind: undefined, permissions: held.permissions }]),
    ...held.prefixes,
  ];
  return places.map((one) => {
    const place: Place = { prefix: one.prefix, prefixKind: one.prefix_kind ?? "literal" };
    const why = sources?.of(held, place) ?? [];
    return {
      id: [held.kind, held.subject, place.prefixKind, place.prefix].join("\n"),
      first: <WhoLink kind={held.kind} subject={held.subject} />,
      place: one.prefix === "" ? whereOf(one) : <code>{one.prefix}</code>,
      permissions: setOf(one.permissions),
      ceiling: setOf(one.permissions),
      why: why.map((source) => `${source.permissions.join(", ")}: ${sayWhy(source, (at) => moment(new Date(at)))}`),
    };
  });
}
