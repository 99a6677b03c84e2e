import { Problem } from "../api/problem";
import { config } from "../config";
import { now } from "../session/clock";
import { session } from "../session/session";
import { forget } from "../session/ways";
import { text } from "../text";
import { gatewaySession, type Opened } from "./credentials";
import { escape, nameOf } from "./names";
import { pathOf } from "./path";
import { presign } from "./presign";
import { signedHeaders } from "./signing";

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
/** How long an URL to play from is good, in seconds: the session that signs it has at least this left. */
const STREAMS = 600;

/** The URL of an object. */
export function objectUrl(bucket: string, key: string): string {
  return endpoint() + pathOf(bucket, key);
}

/** The URL of a bucket, with a query that is escaped already. */
export function bucketUrl(bucket: string, query: string): string {
  return `${endpoint()}${pathOf(bucket)}?${query}`;
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
  const answer = await send(bucketUrl(bucket, query.join("&")), { headers: { accept: "application/json" } });
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

/** The object at a key, if there is one. A listing tells, so that no request ends in an error where there is none. */
export async function find(bucket: string, key: string): Promise<Item | null> {
  const query = `prefix=${escape(key)}&page_size=1`;
  const answer = await send(bucketUrl(bucket, query), { headers: { accept: "application/json" } });
  const first = ((await answer.json()) as Page).items[0];
  return first?.key === key ? first : null;
}

/** An URL with which the browser downloads an object by itself. What may not be read is said here, not there. */
export async function downloadUrl(bucket: string, key: string): Promise<string> {
  await send(objectUrl(bucket, key), { method: "HEAD" });
  return urlOf(bucket, key, asAttachment(key), LIVES, await gatewaySession());
}

/** An URL from which the browser plays an object of a type, as far as it needs it. */
export async function streamUrl(bucket: string, key: string, type: string): Promise<string> {
  return urlOf(bucket, key, { "response-content-type": type }, STREAMS, await gatewaySession());
}

/** An URL of an object that is good for some seconds, signed by a session. */
export function urlOf(
  bucket: string,
  key: string,
  query: Record<string, string>,
  lives: number,
  opened: Opened,
): Promise<string> {
  const ask = { method: "GET", endpoint: endpoint(), region: region(), bucket, key, query, lives } as const;
  return presign({ ...ask, now: now() }, opened.credentials);
}

/** The part of a query that has the browser store an object under its name. */
export function asAttachment(key: string): Record<string, string> {
  const name = nameOf(key);
  const plain = name.replace(/[^ -~]|["\\%]/g, "_");
  return { "response-content-disposition": `attachment; filename="${plain}"; filename*=UTF-8''${escape(name)}` };
}

/** An URL below the gateway, and the headers of a session that sign a request for it. */
export async function signedRequest(
  method: string,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<{ url: string; headers: Record<string, string> }> {
  const opened = await gatewaySession();
  const ask = { method, endpoint: endpoint(), region: region(), path, query, now: now() };
  const headers = await signedHeaders(ask, opened.credentials);
  const pairs = Object.entries(query).map(([name, value]) => `${escape(name)}=${escape(value)}`);
  return { url: `${endpoint()}${path}?${pairs.join("&")}`, headers };
}

/** Sends a request that the sign-in proves. */
export async function send(url: string, init: RequestInit): Promise<Response> {
  const headers = { ...proof(), ...(init.headers as Record<string, string> | undefined) };
  const answer = await fetch(url, { ...init, headers, cache: "no-store" }).catch(async () => {
    throw await whyNoAnswer();
  });
  if (answer.ok) return answer;
  const [id, refusal] = ["x-amz-request-id", "x-cargo-refusal"].map((name) => answer.headers.get(name)) as [string | null, string | null];
  const problem = Problem.ofS3(answer.status, await answer.text(), id, refusal);
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
  return answers ? Problem.notLetIn(endpoint(), window.location.origin) : Problem.unreachable(text.problems.theGateway);
}

/** Whether the gateway does not take the token any more: it says so with the status and the code of the API. */
function isOfSignIn(answer: Response): boolean {
  return answer.status === 401 || (answer.headers.get("x-cargo-refusal")?.startsWith("401 ") ?? false);
}

function endpoint(): string {
  const gateway = config().gateway;
  if (gateway === null) throw new Problem(0, "no_gateway", text.problems.noGateway, text.problems.noGatewayHint, null);
  return gateway.endpoint;
}

function region(): string {
  return config().gateway?.region ?? "";
}
