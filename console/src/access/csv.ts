import { csvLine, textOfCell } from "../ui/csv";
import { hasIdBehind } from "../users/names";
import { isEverybody } from "../users/subjects";
import { EVERYBODY, KINDS, mayBeTemplate, type Grant, type GrantKey, type Kind, type PrefixKind, type State } from "./grant";
import { EACH, setOf, type Permission } from "../permissions";

/** The columns, in the order in which they stand where no first line names them. */
export const COLUMNS = ["kind", "subject", "prefix", "permissions", "start", "end", "reason", "prefix_kind"] as const;
type Column = (typeof COLUMNS)[number];

export type Flaw =
  | "columns"
  | "kind"
  | "subject"
  | "idAlone"
  | "prefix"
  | "prefixKind"
  | "permissions"
  | "time"
  | "order"
  | "twice"
  | "quote";

export interface Parsed {
  rows: { line: number; key: GrantKey; state: State }[];
  /** Lines that are not understood. */
  flaws: { line: number; flaw: Flaw }[];
}

/**
 * Reads grants out of a table that was pasted: separated by commas, semicolons or tabs, in quotes where a field has
 * one of these in it. How a prefix with a variable is read is said by its `prefix_kind`, and never guessed.
 */
export function parseCsv(text: string): Parsed {
  const parsed: Parsed = { rows: [], flaws: [] };
  const { records, openAt } = recordsOf(text, separatorOf(text));
  if (openAt !== null) return { rows: [], flaws: [{ line: openAt, flaw: "quote" }] };
  let columns: readonly (Column | null)[] = COLUMNS;
  const seen = new Set<string>();
  records.forEach(({ line, fields }, at) => {
    if (at === 0 && isHead(fields)) {
      columns = fields.map(columnOf);
      return;
    }
    const row = rowOf(fields, columns);
    if (typeof row === "string") parsed.flaws.push({ line, flaw: row });
    else {
      const id = JSON.stringify(row.key);
      if (seen.has(id)) parsed.flaws.push({ line, flaw: "twice" });
      else parsed.rows.push({ line, ...row });
      seen.add(id);
    }
  });
  return parsed;
}

/** Grants as a table that {@link parseCsv} reads. */
export function csvOf(grants: readonly Grant[]): string {
  const lines = grants.map((grant) => [
    grant.kind,
    grant.subject,
    grant.prefix,
    grant.permissions.join(" "),
    grant.not_before ?? "",
    grant.expires_at ?? "",
    grant.reason ?? "",
    grant.prefix_kind ?? "literal",
  ]);
  return [COLUMNS, ...lines].map(csvLine).join("");
}

function separatorOf(text: string): string {
  const first = text.trimStart().split(/\r?\n/, 1)[0] ?? "";
  return ["\t", ";", ","].find((one) => first.includes(one)) ?? ",";
}

interface Record {
  line: number;
  fields: string[];
}

function recordsOf(text: string, separator: string): { records: Record[]; openAt: number | null } {
  const records: Record[] = [];
  let [line, began, field, fields, isQuoted, wasQuoted] = [1, 1, "", [] as string[], false, false];
  const endField = () => {
    fields.push(textOfCell(wasQuoted ? field : field.trim()));
    [field, wasQuoted] = ["", false];
  };
  const endRecord = () => {
    endField();
    if (fields.some((one) => one !== "")) records.push({ line: began, fields });
    [fields, began] = [[], line + 1];
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (isQuoted) {
      if (sign === '"' && text.charAt(at + 1) === '"') {
        field += '"';
        at += 1;
      } else if (sign === '"') isQuoted = false;
      else field += sign;
    } else if (sign === '"' && field.trim() === "") [isQuoted, wasQuoted, field] = [true, true, ""];
    else if (sign === separator) endField();
    else if (sign === "\n") endRecord();
    else if (sign !== "\r") field += sign;
    if (sign === "\n") line += 1;
  }
  if (isQuoted) return { records, openAt: began };
  endRecord();
  return { records, openAt: null };
}

const NAMES: { [name: string]: Column } = {
  kind: "kind",
  subject: "subject",
  user: "subject",
  name: "subject",
  prefix: "prefix",
  prefix_kind: "prefix_kind",
  permissions: "permissions",
  start: "start",
  not_before: "start",
  end: "end",
  expires_at: "end",
  reason: "reason",
};

function columnOf(field: string): Column | null {
  return NAMES[field.toLowerCase()] ?? null;
}

function isHead(fields: readonly string[]): boolean {
  return fields.some((one) => columnOf(one) === "subject") && fields.some((one) => columnOf(one) === "permissions");
}

function rowOf(fields: readonly string[], columns: readonly (Column | null)[]): { key: GrantKey; state: State } | Flaw {
  if (fields.length > columns.length) return "columns";
  const of = (column: Column) => {
    const at = columns.indexOf(column);
    return at < 0 ? "" : (fields[at] ?? "");
  };
  const kind = of("kind") === "" ? "user" : KINDS.find((one) => one === of("kind").toLowerCase());
  if (kind === undefined) return "kind";
  const subject = subjectOf(kind, of("subject"));
  if (subject === "") return "subject";
  if (kind === "user" && hasIdBehind(subject)) return "idAlone";
  const [prefix, prefixKind] = [of("prefix"), prefixKindOf(of("prefix"), of("prefix_kind"))];
  if (prefix !== "" && !prefix.endsWith("/")) return "prefix";
  if (prefixKind === null) return "prefixKind";
  const permissions = permissionsOf(of("permissions"));
  if (permissions === null) return "permissions";
  const [start, end] = [instantOf(of("start")), instantOf(of("end"))];
  if (start === undefined || end === undefined) return "time";
  if (start !== null && end !== null && Date.parse(start) >= Date.parse(end)) return "order";
  const reason = of("reason") === "" ? null : of("reason");
  return {
    key: { kind, subject, prefix, prefixKind },
    state: { permissions, start, end, reason },
  };
}

function subjectOf(kind: Kind, subject: string): string {
  if (!isEverybody(kind)) return subject;
  return subject === "" || subject === EVERYBODY ? EVERYBODY : "";
}

function prefixKindOf(prefix: string, said: string): PrefixKind | null {
  if (said === "") return mayBeTemplate(prefix) ? null : "literal";
  if (said === "template") return mayBeTemplate(prefix) ? said : null;
  return said === "literal" ? said : null;
}

function permissionsOf(text: string): readonly Permission[] | null {
  const words = text.toLowerCase().split(/[\s+|,;/]+/).filter(Boolean);
  const known = words.filter((word): word is Permission => (EACH as readonly string[]).includes(word));
  return words.length === 0 || known.length < words.length ? null : setOf(known);
}

/** A day or an instant of ISO 8601; `undefined` for what is none. */
function instantOf(text: string): string | null | undefined {
  if (text === "") return null;
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)/.test(text)) return undefined;
  const at = new Date(text.length === 10 ? `${text}T00:00` : text.replace(" ", "T"));
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
