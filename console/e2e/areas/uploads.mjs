// Files on their way: whole folders, what is pasted.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

import { inspect } from "../browser.mjs";
import { eventually, file, open, reads, row, signInAs, stack, uploadFiles, visit } from "../world.mjs";

test("a folder is uploaded, and what is pasted, to a path", async () => {
  const visiting = await visit();
  const { page } = visiting;
  // Choosers are caught as long as somebody listens: to begin at a key press would be too late.
  page.on("filechooser", () => undefined);
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
  await dialog.getByRole("textbox", { name: "Folder" }).fill("tests/travel/2026");
  const chooser = page.waitForEvent("filechooser");
  await dialog.getByRole("button", { name: "Choose a folder" }).click();
  await (await chooser).setFiles(path.join(folder, "trip"));
  await dialog.getByText("trip/day 1/empty.txt").first().waitFor();
  await inspect(page, "upload-to");
  const tellListing = await listedBefore(page, "tests/travel/2026/");
  await dialog.getByRole("button", { name: "Upload 3 files" }).click();
  await page.getByText("3 of 3 uploaded").waitFor();
  tellListing();
  await row(page, "trip/").getByText("trip/").click();
  await row(page, "plan.txt").waitFor();
  await row(page, "day 1/").waitFor();
  // The first row has the keyboard: a click at the place of the one before would be the second one of a double click.
  await page.keyboard.press("Enter");
  await row(page, "empty.txt").getByText("0 B").waitFor();

  await page.getByRole("heading", { name: "day 1" }).click();
  await page.evaluate(() => {
    const clipboardData = new window.DataTransfer();
    clipboardData.items.add(new window.File(["pasted"], "image.png", { type: "image/png" }));
    document.body.dispatchEvent(new window.ClipboardEvent("paste", { clipboardData, bubbles: true }));
  });
  await dialog.getByRole("textbox", { name: "Name" }).fill("whale.png");
  await dialog.getByRole("button", { name: "Upload", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  await row(page, "whale.png").waitFor();

  await page.getByRole("grid").focus();
  const again = page.waitForEvent("filechooser");
  await page.keyboard.press("u");
  await (await again).setFiles(path.join(folder, "trip/plan.txt"));
  await row(page, "plan.txt").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("whale/u");
  await reads(page.getByRole("textbox", { name: "Filter loaded rows" }), "whale/u");
  rmSync(folder, { recursive: true });
  await visiting.end();
});

/**
 * Has a folder of `demo` listed before anything is sent to it, and keeps that answer back until the function that this
 * answers is called: what has arrived in between is not in it.
 */
async function listedBefore(page, folder) {
  const [listed, told] = [Promise.withResolvers(), Promise.withResolvers()];
  await page.route(`**/demo?prefix=${encodeURIComponent(folder)}&**`, async (route) => {
    const response = await route.fetch();
    listed.resolve();
    await told.promise;
    await route.fulfill({ response });
  });
  await page.route(`**/demo/${folder}**`, async (route) => {
    await listed.promise;
    await route.continue();
  });
  return told.resolve;
}

test("a file whose answer was lost is not asked about", async () => {
  const visiting = await visit({ expected: [403, 412, "ERR_FAILED"] });
  const { page } = visiting;
  await open(page, "/console/b/demo/tests/lost/");
  await signInAs(page, "ada");
  await page.getByText("Nothing is here yet").waitFor();
  let sent = 0;
  await page.route("**/demo/tests/lost/*.txt", async (route) => {
    if (route.request().method() !== "PUT") return route.fallback();
    sent += 1;
    if (sent > 1) return route.continue();
    // The storage has it, and nobody hears so.
    await route.fetch();
    return route.abort();
  });
  await uploadFiles(page, [file("once.txt", "only once")]);
  await page.getByText("1 of 1 uploaded").waitFor();
  await row(page, "once.txt").waitFor();
  assert.equal(sent, 2);
  assert.equal(await page.getByText("There is a file of this name").count(), 0);
  await visiting.end();
});

test("one answer is for all files whose names are taken, and each goes to the next free name", async () => {
  const visiting = await visit({ expected: [412] });
  const { page } = visiting;
  const tray = page.getByRole("complementary", { name: "Uploads" });
  const names = ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"];
  await open(page, "/console/b/demo/tests/again/");
  await signInAs(page, "ada");
  await page.getByText("Nothing is here yet").waitFor();
  await uploadFiles(page, [...names, "a (2).txt"].map((name) => file(name, name)));
  await page.getByText("6 of 6 uploaded").waitFor();
  await tray.getByRole("button", { name: "Clear" }).click();

  await uploadFiles(page, [...names, "a (2).txt"].map((name) => file(name, "again")));
  await tray.getByRole("button", { name: "Keep both" }).nth(1).waitFor();
  await inspect(page, "uploads-taken");
  await tray.getByRole("checkbox", { name: "The same for all others" }).check();
  await tray.getByRole("button", { name: "Keep both" }).first().click();
  await page.getByText("6 of 6 uploaded").waitFor();
  for (const name of ["a (3).txt", "a (4).txt", "b (2).txt", "e (2).txt"]) await row(page, name).waitFor();
  await page.getByText("12 entries").waitFor();
  await visiting.end();
});

test("a file that is sent again is asked about, whatever was answered for all others", async () => {
  const visiting = await visit({ expected: [403, 412] });
  const { page } = visiting;
  const tray = page.getByRole("complementary", { name: "Uploads" });
  const names = ["a.txt", "b.txt", "c.txt"];
  await open(page, "/console/b/demo/tests/retried/");
  await signInAs(page, "ada");
  await page.getByText("Nothing is here yet").waitFor();
  await uploadFiles(page, names.map((name) => file(name, name)));
  await page.getByText("3 of 3 uploaded").waitFor();
  await tray.getByRole("button", { name: "Clear" }).click();

  const headers = { "access-control-allow-origin": "*", "access-control-expose-headers": "x-amz-request-id" };
  await page.route("**/demo/tests/retried/a.txt", (route) => route.fulfill({ status: 403, headers }), { times: 1 });
  await uploadFiles(page, names.map((name) => file(name, "again")));
  await tray.getByRole("button", { name: "Send a.txt again" }).waitFor();
  await tray.getByRole("button", { name: "Overwrite" }).nth(1).waitFor();
  await tray.getByRole("checkbox", { name: "The same for all others" }).check();
  await tray.getByRole("button", { name: "Overwrite" }).first().click();
  await page.getByText("2 of 3 uploaded").waitFor();
  await tray.getByRole("button", { name: "Send a.txt again" }).click();
  await tray.getByText("There is a file of this name").waitFor();
  assert.equal(await tray.getByRole("checkbox").count(), 0, "there are no others");
  await tray.getByRole("button", { name: "Overwrite" }).click();
  await page.getByText("3 of 3 uploaded").waitFor();
  await visiting.end();
});

/** Whether two places in the window have something in common. */
const meet = (one, other) =>
  one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;

test("the uploads cover nothing of the last row where the window is narrow or they are folded, and never its name", async () => {
  const visiting = await visit();
  const { page } = visiting;
  const tray = page.getByRole("complementary", { name: "Uploads" });
  const fold = tray.getByRole("button", { name: "Show or hide the files" });
  const last = row(page, "49.txt");
  const isFree = async (place) => !meet(await place.boundingBox(), await tray.boundingBox());
  /** Goes to the last row, and demands that it is to be seen. */
  const demand = async (isWhole, when) => {
    await page.getByRole("grid").focus();
    await page.keyboard.press("Home");
    await row(page, "10.txt").waitFor();
    await page.keyboard.press("End");
    await last.waitFor();
    await eventually(`the last row is covered, ${when}`, () => isFree(isWhole ? last : last.getByText("49.txt")));
  };
  await open(page, "/console/b/demo/tests/tray/");
  await signInAs(page, "ada");
  await page.getByText("Nothing is here yet").waitFor();
  const names = Array.from({ length: 40 }, (_, at) => `${at + 10}.txt`);
  await uploadFiles(page, names.map((name) => file(name, name)));
  await page.getByText("40 of 40 uploaded").waitFor();
  for (const [width, height] of [[1200, 800], [390, 844]]) {
    await page.setViewportSize({ width, height });
    await demand(width === 390, `at ${width} pixels`);
    await inspect(page, `tray-${width}`);
    assert.equal(await fold.getAttribute("aria-expanded"), "true");
    await fold.click();
    await tray.getByRole("listitem").first().waitFor({ state: "detached" });
    await eventually("it is not folded", async () => (await tray.boundingBox()).height < 60);
    await demand(true, `folded, at ${width} pixels`);
    await fold.click();
    await tray.getByRole("listitem").first().waitFor();
  }
  await visiting.end();
});

/** Somebody else puts a file at a key of `demo`. */
async function putAsOther(key, body) {
  const headers = { authorization: `Bearer ${stack.rootKey}` };
  const answer = await fetch(`${stack.origins[1]}/demo/${key}`, { method: "PUT", headers, body });
  assert.equal(answer.status, 200, await answer.text());
}

async function firstBytes(key) {
  const headers = { authorization: `Bearer ${stack.rootKey}`, range: "bytes=0-5" };
  return (await fetch(`${stack.origins[1]}/demo/${key}`, { headers })).text();
}

test("a file of the same size that somebody else put there is not taken for one whose answer was lost", async () => {
  const visiting = await visit({ expected: [403, 412, "ERR_FAILED"] });
  const { page } = visiting;
  const tray = page.getByRole("complementary", { name: "Uploads" });
  await open(page, "/console/b/demo/tests/raced/");
  await signInAs(page, "ada");
  await page.getByText("Nothing is here yet").waitFor();
  let sent = 0;
  await page.route("**/demo/tests/raced/small.txt", async (route) => {
    if (route.request().method() !== "PUT") return route.fallback();
    sent += 1;
    if (sent > 1) return route.continue();
    await putAsOther("tests/raced/small.txt", "theirs");
    return route.abort();
  });
  await uploadFiles(page, [file("small.txt", "my own")]);
  await tray.getByText("There is a file of this name").waitFor();
  assert.equal(await firstBytes("tests/raced/small.txt"), "theirs");
  await tray.getByRole("button", { name: "Skip" }).click();

  // What the storage has put together, and nobody hears of; and what it has not, because somebody else was there.
  const large = (name, text) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.alloc(17 * 1024 * 1024, text) });
  await page.route("**/demo/tests/raced/*.bin?uploadId=*", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    if (route.request().url().includes("other.bin")) await putAsOther("tests/raced/other.bin", large("", "theirs").buffer);
    else await route.fetch();
    // An empty answer says as little as none, and the library does not try again by itself.
    return route.fulfill({ status: 200, headers: { "access-control-allow-origin": "*" } });
  });
  await uploadFiles(page, [large("once.bin", "my own")]);
  await tray.getByRole("listitem").filter({ hasText: "once.bin" }).getByText("Uploaded").waitFor();
  await uploadFiles(page, [large("other.bin", "my own")]);
  await tray.getByText("There is a file of this name").waitFor();
  assert.equal(await firstBytes("tests/raced/other.bin"), "theirs");
  await tray.getByRole("button", { name: "Skip" }).click();
  await visiting.end();
});
