// Large files, and parts of them that are kept on their way.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";

const MIB = 1024 * 1024;
/** Parts of 8 MiB: three always, and in long runs the 200 MiB of the specification. */
export const SIZES = process.env.TEST_LONG ? [24, 200] : [24];

/** A file that is mostly holes, with something of its own in each part. */
export function largeFile(folder, name, mib) {
  const file = path.join(folder, name);
  writeFileSync(file, "");
  truncateSync(file, mib * MIB);
  const open = openSync(file, "r+");
  for (let at = 0; at < mib; at += 8) writeSync(open, `part at ${at}`, at * MIB);
  closeSync(open);
  return file;
}

export async function sumOf(stream) {
  const sum = createHash("sha256");
  for await (const chunk of stream) sum.update(chunk);
  return sum.digest("hex");
}

export const partOf = (request) => (request.method() === "PUT" ? new URL(request.url()).searchParams.get("partNumber") : null);

/** Keeps a part on its way until it is let go. It is held within three minutes: those before it are sent by then. */
export async function hold(page, number) {
  let arrived;
  const comes = new Promise((tell) => (arrived = tell));
  const isHeld = Promise.race([comes, setTimeout(180_000, null, { ref: false }).then(() => assert.fail(`part ${number} is not sent`))]);
  // Whoever does not wait for it does not mind.
  isHeld.catch(() => undefined);
  const held = [];
  const handler = (route) => {
    if (partOf(route.request()) !== String(number)) return route.fallback();
    held.push(route);
    arrived();
    return undefined;
  };
  await page.route("**/*partNumber=*", handler);
  const letGo = async (how) => {
    await page.unroute("**/*partNumber=*", handler);
    // Requests that the page has given up meanwhile are nobody's.
    for (const route of held) await route[how]().catch(() => undefined);
  };
  return { isHeld, letGo };
}
