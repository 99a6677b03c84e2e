import { moment } from "../files/format";
import { text } from "../text";
import { nameOf } from "../users/subjects";
import { has, type Permission } from "../permissions";
import { whereOf, whyOf, type Row } from "./rows";
import type { Sources } from "./sources";

const words = text.access;

/** Says of a cell why its subject may, or that it may not. */
export function CellStatus({ row, permission, sources }: { row: Row; permission: Permission; sources: Sources | null }) {
  if (sources === null) return null;
  const [who, where] = [nameOf(row.key), whereOf(row.key)];
  const why = whyOf(sources.of(row.key, row.key), permission, (at) => moment(new Date(at)));
  if (why === "") return <span>{words.status.not(who, where, permission)}</span>;
  const cut = has(sources.ceiling, permission) ? "" : `; ${words.why.cut(permission)}`;
  return <span>{words.status.is(who, where, permission, why + cut)}</span>;
}
