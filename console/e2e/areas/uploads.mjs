// Files on their way: large ones in parts, whole folders, what is pasted.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { closeSync, createReadStream, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

import { inspect } from "../browser.mjs";
import { start } from "../stack.mjs";
import { open, row, signInAs, uploadFiles, visit, visitAt } from "../world.mjs";

const MIB = 1024 * 1024;
/** Parts of 8 MiB: three always, and in long runs the 200 MiB of the specification. */
const SIZES = process.env.TEST_LONG ? [24, 200] : [24];

/** A file that is mostly holes, with something of its own in each part. */
function largeFile(folder, name, mib) {
  const file = path.join(folder, name);
  writeFileSync(file, "");
  truncateSync(file, mib * MIB);
  const open = openSync(file, "r+");
  for (let at = 0; at < mib; at += 8) writeSync(open, `part at ${at}`, at * MIB);
  closeSync(open);
  return file;
}

async function sumOf(stream) {
  const sum = createHash("sha256");
  for await (const chunk of stream) sum.update(chunk);
  return sum.digest("hex");
}

const partOf = (request) => (request.method() === "PUT" ? new URL(request.url()).searchParams.get("partNumber") : null);

/** Keeps a part on its way until it is let go. */
async function hold(page, number) {
  let arrived;
  const isHeld = new Promise((tell) => (arrived = tell));
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

for (const mib of SIZES) {
  test(`${mib} MiB are paused, go on after a reload, and outlive the server`, async (context) => {
    const own = await start();
    const folder = mkdtempSync(path.join(tmpdir(), "sail-cargo-large-"));
    context.after(async () => {
      await own.stop();
      rmSync(folder, { recursive: true });
    });
    const file = largeFile(folder, "large.bin", mib);
    // The tour of the server that is started again ends ada's sessions: the next one is opened after a 400.
    const expected = [400, 503, "unsafe header", "ERR_CONNECTION", "ERR_FAILED", "ERR_EMPTY_RESPONSE"];
    const visiting = await visitAt(own, { expected });
    const { page } = visiting;
    const sent = [];
    page.on("requestfinished", (request) => {
      if (partOf(request) !== null) sent.push(partOf(request));
    });
    await page.goto(`${own.url}/console/b/demo/`);
    await signInAs(page, "ada");
    await row(page, "hi.txt").waitFor();

    const second = await hold(page, 2);
    await uploadFiles(page, [file]);
    await second.isHeld;
    await inspect(page, "upload-parts");
    await page.getByRole("button", { name: "Pause large.bin" }).click();
    await page.getByText("Paused").waitFor();
    await second.letGo("abort");
    await page.getByRole("button", { name: "Go on with large.bin" }).click();
    const third = await hold(page, 3);
    await third.isHeld;
    await page.getByRole("button", { name: "Pause large.bin" }).click();
    await page.reload();
    await page.getByText("Interrupted").waitFor();
    await third.letGo("abort");
    await inspect(page, "upload-interrupted");

    const chooser = page.waitForEvent("filechooser");
    const last = await hold(page, mib / 8);
    await page.getByRole("button", { name: "Choose large.bin again" }).click();
    await (await chooser).setFiles(file);
    await last.isHeld;
    await own.kill();
    await last.letGo("abort");
    await page.getByText("No answer, it is tried again").waitFor();
    await own.restart();
    await page.getByText("1 of 1 uploaded").waitFor();
    await row(page, "large.bin").waitFor();
    // A part whose answer the reload broke off is there, too: it is not sent again.
    assert.equal(new Set(sent).size, sent.length, `no part is sent twice: ${sent.join()}`);
    const answer = await fetch(`${own.origins[1]}/demo/large.bin`, { headers: { "x-api-key": own.rootKey } });
    assert.equal(await sumOf(answer.body), await sumOf(createReadStream(file)));

    const again = await hold(page, 1);
    await uploadFiles(page, [file]);
    await page.getByRole("button", { name: "Keep both" }).click();
    await again.isHeld;
    const aborted = page.waitForResponse((response) => response.request().method() === "DELETE");
    await page.getByRole("button", { name: "Cancel large (2).bin" }).click();
    assert.equal((await aborted).status(), 204, "nothing is left behind");
    await page.getByText("Cancelled").waitFor();
    await again.letGo("abort");
    await page.reload();
    await row(page, "large.bin").waitFor();
    assert.equal(await page.getByRole("complementary", { name: "Uploads" }).count(), 0);
    await visiting.end();
  });
}

test("a folder is uploaded, and what is pasted, to a path", async () => {
  const visiting = await visit();
  const { page } = visiting;
  const folder = mkdtempSync(path.join(tmpdir(), "sail-cargo-folder-"));
  mkdirSync(path.join(folder, "trip/day 1"), { recursive: true });
  for (const name of ["trip/plan.txt", "trip/day 1/a.txt", "trip/day 1/empty.txt"]) {
    writeFileSync(path.join(folder, name), name.includes("empty") ? "" : name);
  }
  await open(page, "/console/b/demo/");
  await signInAs(page, "ada");
  await row(page, "hi.txt").waitFor();
  await page.getByRole("button", { name: "Upload a folder, or to a path…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Folder" }).fill("travel/2026");
  const chooser = page.waitForEvent("filechooser");
  await dialog.getByRole("button", { name: "Choose a folder" }).click();
  await (await chooser).setFiles(path.join(folder, "trip"));
  await dialog.getByText("trip/day 1/empty.txt").first().waitFor();
  await inspect(page, "upload-to");
  await dialog.getByRole("button", { name: "Upload 3 files" }).click();
  await page.getByText("3 of 3 uploaded").waitFor();
  await row(page, "trip/").getByText("trip/").click();
  await row(page, "plan.txt").waitFor();
  await row(page, "day 1/").getByText("day 1/").click();
  await row(page, "empty.txt").getByText("0 B").waitFor();

  await page.getByRole("heading", { name: "day 1" }).click();
  await page.evaluate(() => {
    const clipboardData = new window.DataTransfer();
    clipboardData.items.add(new window.File(["pasted"], "image.png", { type: "image/png" }));
    document.body.dispatchEvent(new window.ClipboardEvent("paste", { clipboardData, bubbles: true }));
  });
  await dialog.getByRole("textbox", { name: "Name" }).fill("whale.png");
  await dialog.getByRole("button", { name: "Upload", exact: true }).click();
  await row(page, "whale.png").waitFor();

  await page.getByRole("grid").focus();
  const again = page.waitForEvent("filechooser");
  await page.keyboard.press("u");
  await (await again).setFiles(path.join(folder, "trip/plan.txt"));
  await row(page, "plan.txt").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("whale/u");
  assert.equal(await page.getByRole("textbox", { name: "Filter loaded rows" }).inputValue(), "whale/u");
  rmSync(folder, { recursive: true });
  await visiting.end();
});
