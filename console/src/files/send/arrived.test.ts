import { createHash } from "node:crypto";

import { afterEach, expect, test, vi } from "vitest";

import { readConfig } from "../../config";
import { MIB } from "../parts";
import type { Upload } from "../upload";
import { hasArrived } from "./arrived";
import { isEtagOf } from "./etag";
import { findParts } from "./found";

afterEach(() => void vi.unstubAllGlobals());

const sum = (data: Uint8Array) => createHash("md5").update(data);

/** The ETag of an object in parts. */
const etagOf = (...parts: Uint8Array[]) =>
  `${sum(Buffer.concat(parts.map((part) => sum(part).digest()))).digest("hex")}-${parts.length}`;

test("the ETag of parts is the MD5 of their MD5s and their number, or the MD5 of the whole", async () => {
  const all = Uint8Array.from({ length: 200 }, (_, at) => at);
  for (const length of [128, 129, 192, 200]) {
    const some = all.slice(0, length);
    const parts = [0, 64, 128, 192].filter((at) => at < length).map((at) => some.slice(at, at + 64));
    for (const etag of [etagOf(...parts), sum(some).digest("hex")]) {
      expect(await isEtagOf(etag, new Blob([some]), 64), `${length} ${etag}`).toBe(true);
      expect(await isEtagOf(etag, new Blob([some.fill(7, 100, 101)]), 64)).toBe(false);
      some.set([100], 100);
    }
  }
});

/** A storage with one object, or none; `null` for what may not be read. */
async function storage(object: { content: Blob; etag?: string; listed?: boolean } | null, mayRead = true): Promise<void> {
  const answer = (url: string, { method = "GET" }: RequestInit = {}): Response => {
    if (url.endsWith("config.json")) return Response.json({ gateway: { endpoint: "https://s3.example", region: "r" } });
    const etag = object?.etag ?? null;
    const item = { key: "k", size: object?.content.size, last_modified: "", etag: object?.listed === false ? null : etag };
    if (url.includes("?prefix=")) return Response.json({ items: object === null ? [] : [item] });
    if (!mayRead || object === null) return new Response("", { status: 403 });
    const headers = { "content-length": String(object.content.size), etag: `"${etag ?? ""}"` };
    return new Response(method === "HEAD" ? null : object.content, { headers });
  };
  vi.stubGlobal("fetch", (url: string, init?: RequestInit) => Promise.resolve(answer(url, init)));
  await readConfig();
}

function sending(file: Blob): Upload {
  return { bucket: "b", key: "k", file, size: file.size } as Upload;
}

test("a small file has arrived where its bytes are at its key, and not where others of its size are", async () => {
  const file = sending(new Blob(["mine"]));
  await storage({ content: new Blob(["mine"]) });
  expect(await hasArrived(file)).toBe(true);
  for (const other of ["ours", "mine too", ""]) {
    await storage({ content: new Blob([other]) });
    expect(await hasArrived(file), other).toBe(false);
  }
  await storage({ content: new Blob([]) });
  expect(await hasArrived(sending(new Blob([])))).toBe(true);
});

test("a small file that cannot be read is not taken for arrived", async () => {
  await storage({ content: new Blob(["mine"]) }, false);
  expect(await hasArrived(sending(new Blob(["mine"])))).toBe(false);
});

test("a large file has arrived where the ETag of its parts is at its key", async () => {
  const all = new Uint8Array(17 * MIB).fill(1);
  const content = new Blob([all]);
  const file = sending(content);
  const etag = etagOf(all.slice(0, 8 * MIB), all.slice(8 * MIB, 16 * MIB), all.slice(16 * MIB));
  await storage(null);
  expect(await findParts(file)).toBe("nothing");
  await storage({ content, etag });
  expect(await findParts(file)).toBe("itself");
  await storage({ content, etag, listed: false });
  expect(await findParts(file)).toBe("itself");
  await storage({ content, etag, listed: false }, false);
  expect(await findParts(file), "its ETag is not known").toBe("other");
  for (const other of [etag.replace(/^./, "x"), etag.replace("-3", "-2"), etag.replace("-3", ""), ""]) {
    await storage({ content, etag: other });
    expect(await findParts(file), other).toBe("other");
  }
  await storage({ content: content.slice(1), etag });
  expect(await findParts(file), "its size is another").toBe("other");
});
