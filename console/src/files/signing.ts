// Signature Version 4: what URLs and headers that are signed have in common.

import { escape } from "./names";

/** Temporary credentials of the gateway. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** What the body is declared to be: the gateway checks what is declared, and nothing is here. */
export const UNSIGNED = "UNSIGNED-PAYLOAD";

/** When and where a signature counts. */
export interface Scope {
  /** As it stands in `X-Amz-Date`. */
  time: string;
  /** Day, region and service, as they stand behind the key's id. */
  text: string;
  region: string;
}

/** The scope of a signature that is made now. */
export function scopeOf(now: Date, region: string): Scope {
  const time = `${now.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
  return { time, region, text: `${time.slice(0, 8)}/${region}/s3/aws4_request` };
}

/** A query in the order and with the escapes that are signed. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${escape(name)}=${escape(value)}`);
  return pairs.sort().join("&");
}

/** The signature of a canonical request, in hexadecimal digits. */
export async function signatureOf(request: string, scope: Scope, secret: string): Promise<string> {
  const toSign = ["AWS4-HMAC-SHA256", scope.time, scope.text, await sha256(request)].join("\n");
  let key = await mac(bytes(`AWS4${secret}`), scope.time.slice(0, 8));
  for (const part of [scope.region, "s3", "aws4_request"]) key = await mac(key, part);
  return hex(await mac(key, toSign));
}

/** What is signed by headers. */
export interface Ask {
  method: string;
  /** Scheme, host and port of the gateway. */
  endpoint: string;
  region: string;
  /** The path, escaped. */
  path: string;
  query: Readonly<Record<string, string>>;
  now: Date;
}

/** The headers that prove who asks (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). */
export async function signedHeaders(ask: Ask, credentials: Credentials): Promise<Record<string, string>> {
  const scope = scopeOf(ask.now, ask.region);
  const own: Record<string, string> = {
    "x-amz-content-sha256": UNSIGNED,
    "x-amz-date": scope.time,
    "x-amz-security-token": credentials.sessionToken,
  };
  const signed = { host: new URL(ask.endpoint).host, ...own };
  const names = Object.keys(signed).join(";");
  const lines = Object.entries(signed).map(([name, value]) => `${name}:${value}`);
  const request = [ask.method, ask.path, canonicalQuery(ask.query), ...lines, "", names, UNSIGNED].join("\n");
  const signature = await signatureOf(request, scope, credentials.secretAccessKey);
  const who = `Credential=${credentials.accessKeyId}/${scope.text}`;
  return { ...own, authorization: `AWS4-HMAC-SHA256 ${who}, SignedHeaders=${names}, Signature=${signature}` };
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function sha256(text: string): Promise<string> {
  return hex(await crypto.subtle.digest("SHA-256", bytes(text)));
}

async function mac(key: BufferSource, text: string): Promise<ArrayBuffer> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, bytes(text));
}

function hex(buffer: ArrayBuffer): string {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
