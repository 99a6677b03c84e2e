import { useQuery } from "@tanstack/react-query";
import { ShieldOff } from "lucide-react";

import { useSession } from "../session/session";
import { text } from "../text";
import { Empty } from "../ui/Empty";
import { Trouble } from "../ui/Trouble";
import { readAsSelf } from "./ofUser";
import { Rights } from "./Rights";
import { OFTEN } from "./useReach";
import { rowsOfUser } from "./userRows";

const words = text.access;

/** What the reader may do, in one bucket or everywhere, and why. It changes while it is looked at. */
export function OwnRights({ bucket }: { bucket?: string }) {
  const me = useSession()?.who.id ?? "";
  const own = useQuery({
    queryKey: ["own", me, bucket ?? null],
    queryFn: () => readAsSelf(me, bucket),
    refetchInterval: OFTEN,
  });
  if (own.isError) return <Trouble error={own.error} onRetry={() => void own.refetch()} />;
  const all = rowsOfUser(me, own.data ?? { buckets: [], groups: null });
  const rows = bucket === undefined ? all : all.filter((row) => row.id.startsWith(`${bucket}\n`));
  if (own.isSuccess && rows.length === 0) {
    return (
      <Empty title={words.noRights} icon={<ShieldOff aria-hidden />}>
        <p>{words.noRightsHint}</p>
        <code>{me}</code>
      </Empty>
    );
  }
  return (
    <>
      <Rights label={words.user.own} heads={[words.columns.bucket, words.columns.place]} rows={rows} isPending={own.isPending} />
      <p className="soft small">{words.user.ownLimited}</p>
    </>
  );
}
