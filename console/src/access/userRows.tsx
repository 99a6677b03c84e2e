import { Link } from "@tanstack/react-router";

import { moment } from "../files/format";
import { now } from "../session/clock";
import { text } from "../text";
import type { Subject } from "../users/subjects";
import { standing, stateOf } from "./grant";
import type { InBucket, OfUser } from "./ofUser";
import { listed, setOf, without } from "../permissions";
import type { RightsRow } from "./Rights";
import { sayWhy, whereOf } from "./rows";
import { sum, type Place } from "./sources";

const words = text.access;
const short = (at: string) => moment(new Date(at));

/** The rows of what a user may do: each bucket, and each prefix where they may more. */
export function rowsOfUser(user: string, { buckets, groups }: OfUser): RightsRow[] {
  const whom: Subject = { kind: "user", subject: user };
  const known = (groups ?? []).map((subject): Subject => ({ kind: "group", subject }));
  return buckets.flatMap((one) => [...acting(one, whom, known), ...waiting(one, whom)]);
}

function acting({ bucket, rights, sources }: InBucket, whom: Subject, groups: readonly Subject[]): RightsRow[] {
  const whole = { prefix: "", permissions: rights.permissions };
  const places = [...(rights.permissions.length === 0 ? [] : [whole]), ...rights.prefixes];
  return places.map((one) => {
    const place: Place = { prefix: one.prefix, prefixKind: "literal" };
    const why = sources.of(whom, place, groups);
    const cut = without(sum(why), sources.ceiling);
    return {
      id: `${bucket}\n${one.prefix}`,
      first: <BucketLink bucket={bucket} />,
      place: one.prefix === "" ? whereOf(one) : <code>{one.prefix}</code>,
      permissions: setOf([...one.permissions, ...cut]),
      ceiling: sources.ceiling,
      why: [
        ...why.map((source) => `${listed(source.permissions)}: ${sayWhy(source, short)}`),
        ...(cut.length === 0 ? [] : [words.why.cut(listed(cut))]),
      ],
    };
  });
}

/** Grants to the user that do not act yet, or not any more. */
function waiting({ bucket, grants, sources }: InBucket, whom: Subject): RightsRow[] {
  return grants.flatMap((grant) => {
    if (grant.kind !== whom.kind || grant.subject !== whom.subject) return [];
    const state = stateOf(grant);
    const stands = standing(state, now());
    if (stands === "acts") return [];
    const when = stands === "waits" ? words.reviewing.from(short(state.start ?? "")) : words.reviewing.until(short(state.end ?? ""));
    return {
      id: `${bucket}\n${grant.prefix_kind ?? ""}\n${grant.prefix}\n${stands}`,
      first: <BucketLink bucket={bucket} />,
      place: grant.prefix === "" ? whereOf(grant) : <code>{grant.prefix}</code>,
      permissions: [],
      ceiling: sources.ceiling,
      why: [`${listed(state.permissions)}: ${words.states[stands]}, ${when}`],
    };
  });
}

/** A bucket, with a link to who may what in it. */
export function BucketLink({ bucket }: { bucket: string }) {
  return (
    <Link to="/access" search={{ bucket }}>
      {bucket}
    </Link>
  );
}
