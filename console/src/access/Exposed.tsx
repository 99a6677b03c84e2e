import { useQuery } from "@tanstack/react-query";

import { config } from "../config";
import { list } from "../files/gateway";
import { text } from "../text";
import { listed, type Permissions } from "../permissions";
import { whereOf } from "./rows";

const words = text.access.exposed;
/** How many names are shown. */
const SHOWN = 8;

interface Props {
  bucket: string;
  prefix: string;
  permissions: Permissions;
}

/** What becomes visible to everybody: the names of what is there. */
export function Exposed({ bucket, prefix, permissions }: Props) {
  const there = useQuery({
    queryKey: ["exposed", bucket, prefix],
    queryFn: () => list(bucket, prefix, null),
    enabled: config().gateway !== null,
    retry: false,
  });
  const names = [...(there.data?.prefixes ?? []), ...(there.data?.items ?? []).map((item) => item.key)];
  const shown = names.slice(0, SHOWN).map((name) => name.slice(prefix.length));
  const count = `${names.length.toLocaleString()}${there.data?.next_page_token == null ? "" : "+"}`;
  return (
    <div className="notice bad exposed">
      <div className="words">
        <strong>{text.access.reviewing.expose}</strong>
        <div>{words.everybody(listed(permissions), prefix === "" ? bucket : `${bucket}/${whereOf({ prefix })}`)}</div>
        {there.isLoading ? <div className="soft">{words.looking}</div> : null}
        {there.isError || config().gateway === null ? <div>{words.unseen}</div> : null}
        {there.isSuccess && names.length === 0 ? <div>{words.nothing}</div> : null}
        {names.length === 0 ? null : (
          <>
            <ul>
              {shown.map((name) => (
                <li key={name}>{name}</li>
              ))}
              {names.length > SHOWN ? <li>…</li> : null}
            </ul>
            <div>{words.here(count, (there.data?.prefixes ?? []).length > 0)}</div>
          </>
        )}
      </div>
    </div>
  );
}
