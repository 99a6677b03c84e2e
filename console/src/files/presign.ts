import { pathOf } from "./path";
import { canonicalQuery, scopeOf, signatureOf, UNSIGNED, type Credentials } from "./signing";

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
  const scope = scopeOf(ask.now, ask.region);
  const query = canonicalQuery({
    ...ask.query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKeyId}/${scope.text}`,
    "X-Amz-Date": scope.time,
    "X-Amz-Expires": String(ask.lives),
    "X-Amz-Security-Token": credentials.sessionToken,
    "X-Amz-SignedHeaders": "host",
  });
  const path = pathOf(ask.bucket, ask.key);
  const host = `host:${new URL(ask.endpoint).host}`;
  const request = [ask.method, path, query, host, "", "host", UNSIGNED].join("\n");
  const signature = await signatureOf(request, scope, credentials.secretAccessKey);
  return `${ask.endpoint}${path}?${query}&X-Amz-Signature=${signature}`;
}
