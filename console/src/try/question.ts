import { hasIdBehind } from "../users/names";
import { actionOf } from "./operations";
import { isSecret, secretIn } from "./secrets";

/** A question: may somebody do something somewhere? It is what the address of the page holds. */
export interface Question {
  /** The user; empty for whoever asks. */
  user: string;
  /** The groups that the user's token names. */
  groups: string[];
  /** A permission (`read`) or an S3 operation (`s3:GetObject`). */
  action: string;
  bucket: string;
  /** The key, or the prefix of a listing; of a permission, a prefix where it ends with a slash. */
  key: string;
  /** What is copied or renamed: `bucket/key`. */
  source: string;
  /** What else the request says. */
  headers: [name: string, value: string][];
}

/** The words of an address. What is empty is left out. */
export interface Search {
  user?: string;
  groups?: string;
  action?: string;
  bucket?: string;
  key?: string;
  source?: string;
  headers?: string;
}

/** What stands in the fields. */
export type Draft = Required<Search>;

export const EMPTY: Draft = { user: "", groups: "", action: "", bucket: "", key: "", source: "", headers: "" };

/** Reads an address, whatever stands in it. */
export function searchOf(raw: Record<string, unknown>): Search {
  const search: Search = {};
  for (const name of Object.keys(EMPTY) as (keyof Draft)[]) {
    const value = raw[name];
    if (typeof value === "string" && value !== "") search[name] = value;
    if (typeof value === "number" || typeof value === "boolean") search[name] = String(value);
  }
  return search;
}

/** What is wrong with a field, by its name. */
export type Flaws = Partial<Record<keyof Draft, "missing" | "idAlone" | "unknown" | "header" | "secret">>;

/** Reads what stands in the fields. */
export function questionOf(draft: Draft): { question: Question } | { flaws: Flaws } {
  const action = actionOf(draft.action.trim());
  const flaws: Flaws = {};
  if (hasIdBehind(draft.user)) flaws.user = "idAlone";
  if (draft.action.trim() === "") flaws.action = "missing";
  else if (action === null) flaws.action = "unknown";
  const needsBucket = action?.kind !== "operation" || action.operation.on !== "account";
  if (needsBucket && draft.bucket.trim() === "") flaws.bucket = "missing";
  if (action?.kind === "operation" && action.operation.on === "object" && draft.key === "") flaws.key = "missing";
  const needsSource = action?.kind === "operation" && action.operation.source !== null;
  if (needsSource && draft.source.trim() === "") flaws.source = "missing";
  for (const name of Object.keys(EMPTY) as (keyof Draft)[]) if (isSecret(draft[name])) flaws[name] = "secret";
  const headers = headersOf(draft.headers);
  if (headers === null) flaws.headers = "header";
  else if (headers.some(([name, value]) => secretIn(name, value))) flaws.headers = "secret";
  if (Object.keys(flaws).length > 0 || headers === null) return { flaws };
  return {
    question: {
      user: draft.user.trim(),
      groups: draft.user.trim() === "" ? [] : words(draft.groups),
      action: draft.action.trim(),
      bucket: draft.bucket.trim(),
      key: draft.key,
      source: needsSource ? draft.source.trim() : "",
      headers,
    },
  };
}

/** The headers of a text with one on each line; `null` if a line is none. */
function headersOf(text: string): [string, string][] | null {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, Math.max(0, colon)).trim(), line.slice(colon + 1).trim()];
  });
  return headers.every(([name]) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) ? headers : null;
}

function words(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
