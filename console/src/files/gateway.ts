import { api, data } from "../api/client";
import { Problem } from "../api/problem";
import { config } from "../config";
import { now } from "../session/clock";
import { session } from "../session/session";
import { forget } from "../session/ways";
import { escape, escapePath, nameOf } from "./names";
import { presign } from "./presign";

/** An object of a listing. */
export interface Item {
  key: string;
  size: number;
  last_modified: string;
  etag: string | null;
}

/** A page of a listing: objects and folders. */
export interface Page {
  items: Item[];
  prefixes: string[];
  next_page_token: string | null;
}

/** How many objects the gateway lists at once. */
const PAGE = 1000;
/** How long an URL to download with is good, in seconds: long enough to click. */
const LIVES = 300;

/** The URL of an object. */
export function objectUrl(bucket: string, key: string): string {
  return `${endpoint()}/${escapePath(`${bucket}/${key}`)}`;
}

/** The headers that say who asks. */
export function proof(): Record<string, string> {
  return { authorization: `Bearer ${session()?.bearer ?? ""}` };
}

/** A page of what stands in a folder, or of everything below it. */
export async function list(
  bucket: string,
  prefix: string,
  token: string | null,
  how: "folder" | "all" = "folder",
): Promise<Page> {
  const query = [`prefix=${escape(prefix)}`, `page_size=${PAGE}`];
  if (how === "folder") query.push("delimiter=/");
  if (token !== null) query.push(`page_token=${escape(token)}`);
  const url = `${endpoint()}/${escape(bucket)}?${query.join("&")}`;
  const answer = await send(url, { headers: { accept: "application/json" } });
  return (await answer.json()) as Page;
}

/** The first bytes of an object. */
export async function read(bucket: string, key: string, most: number): Promise<Blob> {
  const answer = await send(objectUrl(bucket, key), { headers: { range: `bytes=0-${most - 1}` } });
  return answer.blob();
}

/** Puts nothing at a key that ends with a slash: other programs show it as a folder. */
export async function makeFolder(bucket: string, key: string): Promise<void> {
  await send(objectUrl(bucket, key), { method: "PUT", body: new Blob([]) });
}

/** Deletes an object. */
export async function remove(bucket: string, key: string): Promise<void> {
  await send(objectUrl(bucket, key), { method: "DELETE" });
}

/** An URL with which the browser downloads an object by itself. What may not be read is said here, not there. */
export async function downloadUrl(bucket: string, key: string): Promise<string> {
  await send(objectUrl(bucket, key), { method: "HEAD" });
  const opened = data(await api.POST("/v1/sessions", { body: { expires_in: 900 } }));
  const credentials = {
    accessKeyId: opened.access_key_id,
    secretAccessKey: opened.secret_access_key,
    sessionToken: opened.session_token,
  };
  const name = nameOf(key);
  const plain = name.replace(/[^ -~]|["\\%]/g, "_");
  const disposition = `attachment; filename="${plain}"; filename*=UTF-8''${escape(name)}`;
  const query = { "response-content-disposition": disposition };
  const region = config().gateway?.region ?? "";
  const ask = { method: "GET", endpoint: endpoint(), region, bucket, key, query, lives: LIVES } as const;
  return presign({ ...ask, now: now() }, credentials);
}

async function send(url: string, init: RequestInit): Promise<Response> {
  const headers = { ...proof(), ...(init.headers as Record<string, string> | undefined) };
  const answer = await fetch(url, { ...init, headers, cache: "no-store" }).catch(async () => {
    throw await whyNoAnswer();
  });
  if (answer.ok) return answer;
  const problem = Problem.ofS3(answer.status, await answer.text(), answer.headers.get("x-amz-request-id"));
  if (isOfSignIn(answer)) forget();
  throw problem;
}

/**
 * Why no answer came from the gateway. A browser keeps from a page what a server of another origin answers to it without
 * CORS headers, and says no more than that the request failed: a request whose answer nobody may read tells these cases apart.
 */
export async function whyNoAnswer(): Promise<Problem> {
  const init: RequestInit = { mode: "no-cors", credentials: "omit", cache: "no-store" };
  const answers = await fetch(`${endpoint()}/`, init).then(() => true, () => false);
  return answers ? Problem.notLetIn(endpoint(), window.location.origin) : Problem.unreachable("The gateway");
}

/** Whether the gateway does not take the token any more: it says so with the status and the code of the API. */
function isOfSignIn(answer: Response): boolean {
  return answer.status === 401 || (answer.headers.get("x-cargo-refusal")?.startsWith("401 ") ?? false);
}

function endpoint(): string {
  const gateway = config().gateway;
  if (gateway === null) throw new Problem(0, "no_gateway", "No gateway", "This server knows of no S3 gateway.", null);
  return gateway.endpoint;
}
