import { escape, escapePath } from "./names";

/** Temporary credentials of the gateway. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** What an URL is for. */
export interface Ask {
  method: "GET";
  endpoint: string;
  region: string;
  bucket: string;
  key: string;
  query: Record<string, string>;
  /** Seconds. */
  lives: number;
  now: Date;
}

/**
 * An URL that asks the gateway for one object, signed by Signature Version 4 in the query
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html). A browser downloads with it by
 * itself: no script holds the bytes.
 */
export async function presign(ask: Ask, credentials: Credentials): Promise<string> {
  const time = `${ask.now.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
  const day = time.slice(0, 8);
  const scope = `${day}/${ask.region}/s3/aws4_request`;
  const query = {
    ...ask.query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKeyId}/${scope}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(ask.lives),
    "X-Amz-Security-Token": credentials.sessionToken,
    "X-Amz-SignedHeaders": "host",
  };
  const pairs = Object.entries(query).map(([name, value]) => `${escape(name)}=${escape(value)}`);
  const canonicalQuery = pairs.sort(byBytes).join("&");
  const path = `/${escapePath(`${ask.bucket}/${ask.key}`)}`;
  const host = new URL(ask.endpoint).host;
  const request = [ask.method, path, canonicalQuery, `host:${host}`, "", "host", "UNSIGNED-PAYLOAD"].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, await sha256(request)].join("\n");
  let key = await mac(bytes(`AWS4${credentials.secretAccessKey}`), day);
  for (const part of [ask.region, "s3", "aws4_request"]) key = await mac(key, part);
  return `${ask.endpoint}${path}?${canonicalQuery}&X-Amz-Signature=${hex(await mac(key, toSign))}`;
}

function byBytes(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
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
