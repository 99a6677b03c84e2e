import { CircleSlash } from "lucide-react";

import { Problem } from "../api/problem";
import { useSession } from "../session/session";
import { text } from "../text";
import { Empty } from "../ui/Empty";
import { Trouble } from "../ui/Trouble";
import { BucketMatrix } from "./BucketMatrix";
import { Crumbs } from "./Crumbs";
import { OwnRights } from "./OwnRights";
import { useReach } from "./useReach";

const words = text.access;

/** The access to a bucket: of everybody for who administers it, else one's own. */
export function BucketAccess({ bucket, at }: { bucket: string; at: string | null }) {
  const { query, reach } = useReach(bucket);
  const id = useSession()?.who.id ?? "";
  if (query.isError) return <Unknown bucket={bucket} error={query.error} onRetry={() => void query.refetch()} />;
  if (reach === null) {
    return (
      <>
        <Crumbs last={bucket} />
        <div className="skeleton" aria-busy />
      </>
    );
  }
  if (reach.prefixes.length > 0) return <BucketMatrix bucket={bucket} at={at} reach={reach} />;
  const rights = reach.rights;
  if (rights === null || (rights.permissions.length === 0 && rights.prefixes.length === 0)) {
    return (
      <>
        <Crumbs last={bucket} />
        <Empty title={words.notThere} icon={<CircleSlash aria-hidden />}>
          <p>{words.notThereHint}</p>
          <code>{id}</code>
        </Empty>
      </>
    );
  }
  return (
    <>
      <Crumbs last={bucket} />
      <div className="notice">
        <div className="words">
          <strong>{words.notAdmin(bucket)}</strong>
          <div>
            {words.notAdminHint} <code>{id}</code>
          </div>
        </div>
      </div>
      <OwnRights bucket={bucket} />
    </>
  );
}

function Unknown({ bucket, error, onRetry }: { bucket: string; error: unknown; onRetry: () => void }) {
  // A name that no bucket can have is malformed.
  const isNone = error instanceof Problem && (error.status === 404 || error.status === 400);
  return (
    <>
      <Crumbs last={bucket} />
      {isNone ? <Empty title={words.noBucket} icon={<CircleSlash aria-hidden />} /> : <Trouble error={error} onRetry={onRetry} />}
    </>
  );
}
