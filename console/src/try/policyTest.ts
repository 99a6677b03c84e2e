import { api, data } from "../api/client";
import type { components } from "../api/schema";
import { session } from "../session/session";
import type { Answer } from "./ask";
import { actionOf, type Operation } from "./operations";
import type { Question } from "./question";
import { standIn } from "./request";

type Held = components["schemas"]["BucketPermissions"];

/** The storage that the tests of `sail-cargo simulate` are about. */
const STORAGE = { url: "http://s3.local:9000", style: "path" } as const;

/** Refusals that `sail-cargo simulate` knows: those by grants and by the rules of S3, not by a storage or a setting. */
const JUDGED = [
  "no_permission",
  "bucket_frozen",
  "foreign_bucket",
  "never",
  "root_only",
  "root_optin",
  "header_needs_root",
  "header_optin",
  "header_value",
  "acl_value",
  "encryption_value",
  "reserved_bucket",
  "reserved_key",
];

/** What a test expects of an answer; `null` where the reason is one that `simulate` does not know. */
function expectation({ isAllowed, code, needs }: Answer): "allow" | "deny" | null {
  if (isAllowed) return "allow";
  // What only the gateway may send depends on the grants all the same.
  if (code === "gateway_only") return needs.every((need) => need.held) ? "allow" : "deny";
  return JUDGED.includes(code) ? "deny" : null;
}

/** The buckets that a question is about. */
export function bucketsOf(question: Question, operation: Operation): string[] {
  const from = operation.source === "x-amz-copy-source" ? question.source.replace(/^\//, "").split("/")[0] : undefined;
  return [...new Set([question.bucket, from].filter((one): one is string => one !== undefined && one !== ""))];
}

/** What the one who is asked about holds there. */
export async function heldIn(question: Question, buckets: readonly string[]): Promise<Held[]> {
  return Promise.all(buckets.map((bucket) => heldInOne(question, bucket)));
}

async function heldInOne({ user, groups }: Question, bucket: string): Promise<Held> {
  const nothing: Held = { bucket, permissions: [], prefixes: [] };
  if (user === "") {
    if (session()?.who.actor !== "user") return nothing;
    return data(await api.GET("/v1/permissions", { params: { query: { bucket } } })).items[0] ?? nothing;
  }
  const query = { bucket, ...(groups.length === 0 ? {} : { groups: groups.join(",") }) };
  const path = { user };
  return data(await api.GET("/v1/users/{user}/permissions", { params: { path, query } })).items[0] ?? nothing;
}

/** A line for `sail-cargo simulate` that expects the answer as it is; `null` where none can be judged. */
export function policyTest(question: Question, answer: Answer, held: readonly Held[], isRoot: boolean): string | null {
  const action = actionOf(question.action);
  const expect = expectation(answer);
  if (action?.operation == null || expect === null) return null;
  const request = standIn(question, action.operation, STORAGE);
  const who = question.user === "" ? "" : `${question.user} `;
  const title = `${who}${question.action} ${[question.bucket, question.key].filter(Boolean).join("/")}`;
  return JSON.stringify({
    id: title.trim(),
    expect,
    ...(expect === "allow" ? { op: action.operation.name } : {}),
    ...(isRoot ? { principal: "root" } : { grants: grantsOf(held) }),
    request: {
      method: request.method,
      url: request.url,
      ...(request.headers?.length ? { headers: request.headers } : {}),
      payload_hash: request.payload,
    },
  });
}

/** What somebody holds, as `simulate` reads it: by place. */
function grantsOf(held: readonly Held[]): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const { bucket, permissions, prefixes } of held) {
    // A bucket without grants is named, too: it is one of the project's.
    all[bucket] = permissions;
    for (const one of prefixes) all[`${bucket}/${one.prefix}`] = one.permissions;
  }
  return all;
}
