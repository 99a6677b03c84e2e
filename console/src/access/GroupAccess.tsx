import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";

import { inTurns } from "../files/inTurns";
import { moment } from "../files/format";
import { useSession } from "../session/session";
import { isRoot } from "../session/who";
import { text } from "../text";
import { Button } from "../ui/Button";
import { Trouble } from "../ui/Trouble";
import { Actor } from "../users/Actor";
import { Crumbs } from "./Crumbs";
import { stateOf, type Grant } from "./grant";
import { Members } from "./Members";
import { setOf } from "../permissions";
import { readBuckets, readGrants, readGrantsTo, readOwnRights } from "./read";
import { Rights, type RightsRow } from "./Rights";
import { whereOf } from "./rows";
import { BucketLink } from "./userRows";

const words = text.access;
const AT_ONCE = 4;

/** What a group is granted, and who is in it. */
export function GroupAccess({ group }: { group: string }) {
  const session = useSession();
  const root = session !== null && isRoot(session);
  const known = useQuery({
    queryKey: ["group", group, root],
    queryFn: async () => {
      const [grants, buckets] = await Promise.all([root ? readAll(group) : readAdministered(group), readBuckets()]);
      return { grants, ceilings: new Map(buckets.map((one) => [one.name, setOf(one.ceiling)])) };
    },
  });
  const rows = (known.data?.grants ?? []).map((grant) => rowOf(grant, known.data?.ceilings.get(grant.bucket)));
  return (
    <>
      <Crumbs last={group} />
      <h2>{words.group.title(group)}</h2>
      {known.isError ? <Trouble error={known.error} onRetry={() => void known.refetch()} /> : null}
      {known.isSuccess && rows.length === 0 ? (
        <p className="soft">{root ? words.group.nothing : words.group.nothingLimited}</p>
      ) : known.isError ? null : (
        <Rights
          label={words.group.title(group)}
          heads={[words.columns.bucket, words.columns.place]}
          rows={rows}
          isPending={known.isPending}
        />
      )}
      <h2>{words.group.members}</h2>
      {root ? (
        <Members group={group} />
      ) : (
        <>
          <p className="soft">{words.group.membersHidden}</p>
          <div>
            <Button missing={words.group.onlyApplication}>
              <UserPlus aria-hidden /> {words.group.add}
            </Button>
          </div>
        </>
      )}
    </>
  );
}

function rowOf(grant: Grant, ceiling: RightsRow["ceiling"] | undefined): RightsRow {
  const state = stateOf(grant);
  const says = [
    text.kinds[grant.kind],
    ...(state.start === null ? [] : [words.reviewing.from(moment(new Date(state.start)))]),
    ...(state.end === null ? [] : [words.why.until(moment(new Date(state.end)))]),
    ...(state.reason === null ? [] : [words.why.reason(state.reason)]),
  ];
  return {
    id: [grant.bucket, grant.kind, grant.prefix_kind, grant.prefix].join("\n"),
    first: <BucketLink bucket={grant.bucket} />,
    place: grant.prefix === "" ? whereOf(grant) : <code>{grant.prefix}</code>,
    permissions: state.permissions,
    ceiling: ceiling ?? state.permissions,
    why: [
      <>
        {says.join(", ")}, {words.conflict.by} <Actor actor={grant.granted_by} />
      </>,
    ],
  };
}

async function readAll(group: string): Promise<Grant[]> {
  const [kept, ofTokens] = await Promise.all([readGrantsTo("group", group), readGrantsTo("token_group", group)]);
  return [...kept, ...ofTokens];
}

/** The grants to a group in the buckets that the reader administers, in whole or in part. */
async function readAdministered(group: string): Promise<Grant[]> {
  const isAdmin = (of: readonly string[]) => of.includes("admin");
  const all = (await readOwnRights()).filter((one) => isAdmin(one.permissions) || one.prefixes.some((at) => isAdmin(at.permissions)));
  const grants: Grant[] = [];
  await inTurns(all, AT_ONCE, async ({ bucket }) => void grants.push(...(await readGrants(bucket, null)).items));
  return grants.filter((one) => (one.kind === "group" || one.kind === "token_group") && one.subject === group);
}
