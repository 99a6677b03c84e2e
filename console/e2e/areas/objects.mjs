// What one does with objects that are there: rename, move, copy, share, look into.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { inspect, inspectLooks, NARROW } from "../browser.mjs";
import { bring, eventually, file, happenAt, hold, open, pressAgain, row, signInAs, stack, visit } from "../world.mjs";

/** Chooses something that the menu offers for what is selected. */
async function choose(page, name) {
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name }).click();
}

const select = (page, name) => page.getByRole("checkbox", { name: `Select ${name}`, exact: true }).check();

/** Opens a folder of the test's own, with files in it. */
async function folderOf(page, folder, names) {
  await open(page, `/console/b/demo/tests/${folder}/`);
  await signInAs(page, "ada");
  await page.getByText("Nothing is here yet").waitFor();
  await bring(page, names.map((name) => file(name, `this is ${name}`)));
  await page.getByText(`${names.length} of ${names.length} uploaded`).waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
}

test("files and folders are renamed, moved and copied", async () => {
  const visiting = await visit();
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  await folderOf(page, "desk", ["a b.txt", "two.txt", "three.txt"]);

  await select(page, "a b.txt");
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Rename…" }).waitFor();
  await inspect(page, "more");
  await page.getByRole("menuitem", { name: "Rename…" }).click();
  await dialog.getByRole("textbox", { name: "New name" }).fill("a/b");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await dialog.getByText("A name has no slash in it").waitFor();
  await dialog.getByRole("textbox", { name: "New name" }).fill("ü+1%.txt");
  await inspect(page, "rename");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await row(page, "ü+1%.txt").waitFor();
  await row(page, "a b.txt").waitFor({ state: "detached" });

  await select(page, "ü+1%.txt");
  await select(page, "two.txt");
  await choose(page, "Copy…");
  await dialog.getByRole("textbox", { name: "Folder" }).fill("tests/desk");
  await dialog.getByRole("button", { name: "Copy" }).click();
  await dialog.getByText("It is there already").waitFor();
  await dialog.getByRole("textbox", { name: "Folder" }).fill("tests/desk/box");
  await inspect(page, "copy");
  await dialog.getByRole("button", { name: "Copy" }).click();
  await dialog.waitFor({ state: "detached" });
  await row(page, "box/").waitFor();
  await row(page, "two.txt").waitFor();

  await select(page, "two.txt");
  await select(page, "three.txt");
  await choose(page, "Move…");
  await dialog.getByRole("textbox", { name: "Folder" }).fill("tests/desk/box/");
  await dialog.getByRole("button", { name: "Move" }).click();
  await dialog.getByText("There is a file of this name").waitFor();
  await inspect(page, "move-taken");
  await dialog.getByRole("button", { name: "Keep both" }).click();
  await dialog.waitFor({ state: "detached" });
  await row(page, "two.txt").waitFor({ state: "detached" });
  await row(page, "three.txt").waitFor({ state: "detached" });

  await select(page, "box/");
  await choose(page, "Rename…");
  await dialog.getByRole("textbox", { name: "New name" }).fill("chest");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await row(page, "box/").waitFor({ state: "detached" });
  await row(page, "chest/").getByText("chest/").click();
  for (const name of ["two.txt", "two (2).txt", "three.txt", "ü+1%.txt"]) await row(page, name).waitFor();
  await row(page, "two (2).txt").getByText("two (2).txt").click();
  await dialog.getByText("this is two.txt").waitFor();
  await visiting.end();
});

test("a copy that the storage does not confirm deletes nothing", async () => {
  const visiting = await visit({ expected: [500] });
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  await folderOf(page, "kept", ["dear.txt"]);
  const deleted = [];
  page.on("request", (request) => request.method() === "DELETE" && deleted.push(request.url()));
  await page.route("**/demo/tests/kept/far/**", (route) => {
    const headers = { "access-control-allow-origin": stack.url };
    const body = "<Error><Code>InternalError</Code><Message>The copy broke off.</Message></Error>";
    return route.request().method() === "PUT" ? route.fulfill({ status: 200, headers, body }) : route.fallback();
  });
  await select(page, "dear.txt");
  await choose(page, "Move…");
  await dialog.getByRole("textbox", { name: "Folder" }).fill("tests/kept/far");
  await dialog.getByRole("button", { name: "Move" }).click();
  await dialog.getByText("The copy broke off.").waitFor();
  await inspect(page, "move-broken");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await row(page, "dear.txt").waitFor();
  assert.deepEqual(deleted, []);
  await visiting.end();
});

test("what is under way is not left by mistake, and a delete is stopped", async () => {
  const visiting = await visit();
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  const names = Array.from({ length: 12 }, (_, at) => `${at}.txt`);
  await folderOf(page, "busy/many", names);
  await page.getByRole("link", { name: "busy" }).click();
  await row(page, "many/").waitFor();
  await page.evaluate(() => {
    window.steps = 0;
    window.addEventListener("popstate", () => (window.steps += 1));
  });
  /** Leaves by the page before and by a reload, and demands that the page is still there. */
  const leave = async () => {
    // It goes back, and is led forward again.
    const end = (await page.evaluate(() => window.steps)) + 2;
    await page.evaluate(() => window.history.back());
    await page.waitForFunction((wanted) => window.steps >= wanted, end);
    const asking = page.waitForEvent("dialog");
    await page.evaluate(() => window.setTimeout(() => window.location.reload()));
    const question = await asking;
    assert.equal(question.type(), "beforeunload");
    await question.dismiss();
    await dialog.waitFor();
    assert.match(page.url(), /demo\/tests\/busy\/$/);
  };

  const copying = await hold(page, "**/demo/tests/busy/moved/**");
  await select(page, "many/");
  await choose(page, "Rename…");
  await dialog.getByRole("textbox", { name: "New name" }).fill("moved");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await dialog.getByText("0 of 12 files").waitFor();
  await leave();
  copying();
  await row(page, "moved/").waitFor();
  await dialog.waitFor({ state: "detached" });

  const deleted = [];
  page.on("request", (one) => one.method() === "DELETE" && deleted.push(one.url()));
  const deleting = await hold(page, "**/demo/tests/busy/moved/*.txt");
  await select(page, "moved/");
  await page.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("textbox").fill("moved");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByText("Deleted 0 of 12").waitFor();
  await leave();
  await dialog.getByRole("button", { name: "Stop" }).click();
  deleting();
  await dialog.waitFor({ state: "detached" });
  await row(page, "moved/").getByText("moved/").click();
  await page.getByText("6 entries").waitFor();
  assert.equal(deleted.length, 6);
  await visiting.end();
});

test("a link works for everybody until its maker may read no more", async () => {
  const visiting = await visit();
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  await folderOf(page, "shared", ["news.txt"]);
  await select(page, "news.txt");
  await choose(page, "Share a link…");
  await inspect(page, "share");
  await dialog.getByRole("radio", { name: "12 hours" }).check();
  await dialog.getByRole("button", { name: "Make link" }).click();
  const link = await dialog.getByRole("textbox", { name: "Link" }).inputValue();
  await dialog.getByText("Made by ada").waitFor();
  await inspect(page, "share-made");
  const answer = await fetch(link);
  assert.equal(await answer.text(), "this is news.txt");
  assert.match(answer.headers.get("content-disposition"), /news\.txt/);
  const headers = { "x-api-key": stack.rootKey, "content-type": "application/json" };
  const ended = await fetch(`${stack.url}/v1/users/${stack.users.ada}/sessions/end`, { method: "POST", headers });
  assert.equal(ended.ok, true, await ended.text());
  await eventually("the link still works", async () => (await fetch(link)).status >= 400);
  await visiting.end();
});

test("details say what the storage knows, and what it does not", async () => {
  const visiting = await visit({ expected: [501] });
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  await folderOf(page, "facts", ["whale.txt"]);
  const meta = { "x-api-key": stack.rootKey, "x-amz-meta-description": "=?UTF-8?B?S8OkdHpjaGVu?=", "content-type": "text/plain" };
  const put = await fetch(`${stack.origins[1]}/demo/tests/facts/whale.txt`, { method: "PUT", headers: meta, body: "whale" });
  assert.equal(put.ok, true, await put.text());
  await select(page, "whale.txt");
  await choose(page, "Details");
  await dialog.getByText("text/plain").waitFor();
  await dialog.getByText("Kätzchen").waitFor();
  await dialog.getByText("This storage keeps no tags").waitFor();
  await dialog.getByText("This storage keeps no versions").waitFor();
  await inspect(page, "details");
  await visiting.end();
});

test("details show tags and versions, restore one and delete one", async () => {
  const visiting = await visit();
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  await folderOf(page, "versions", ["plan.txt"]);
  const headers = { "access-control-allow-origin": stack.url };
  const version = (id, latest, size) =>
    `<Version><Key>tests/versions/plan.txt</Key><VersionId>${id}</VersionId><IsLatest>${latest}</IsLatest>` +
    `<LastModified>2026-11-0${size}T10:00:00.000Z</LastModified><Size>${size}</Size></Version>`;
  let all = [version("v2", true, 2), version("v1", false, 1)];
  const asked = [];
  await page.route("**/demo?versions=*", (route) => route.fulfill({ headers, body: `<L>${all.join("")}</L>` }));
  await page.route("**/plan.txt?tagging=", (route) =>
    route.fulfill({ headers, body: "<Tagging><TagSet><Tag><Key>team</Key><Value>sea</Value></Tag></TagSet></Tagging>" }),
  );
  await page.route(/plan\.txt/, async (route) => {
    const request = route.request();
    const source = request.headers()["x-amz-copy-source"];
    if (request.method() === "PUT" && source) {
      asked.push(source);
      all = [version("v3", true, 3), ...all.map((one) => one.replace("true", "false"))];
      return route.fulfill({ headers, body: "<CopyObjectResult><ETag>x</ETag></CopyObjectResult>" });
    }
    if (request.method() !== "DELETE") return route.fallback();
    asked.push(new URL(request.url()).search);
    all = all.filter((one) => !one.includes("v2"));
    return route.fulfill({ status: 204, headers });
  });
  await select(page, "plan.txt");
  await choose(page, "Details");
  await dialog.getByText("team").waitFor();
  await dialog.getByText("v1").waitFor();
  await inspect(page, "details-versions");
  await dialog.getByRole("button", { name: "Restore" }).click();
  await dialog.getByText("v3").waitFor();
  // Whoever presses the bin twice is still only asked, by the pointer and by the keyboard.
  const bin = dialog.getByRole("button", { name: "Delete the version of 2 Nov" });
  const question = page.getByRole("dialog", { name: "Delete the version of 2 Nov" });
  await happenAt(page, 0);
  await bin.click();
  await question.getByText("cannot be brought back").waitFor();
  await pressAgain(page);
  await happenAt(page, 1_000_000_000);
  await question.getByText("cannot be brought back").waitFor();
  await inspect(page, "delete-version");
  await question.getByRole("button", { name: "Cancel" }).click();
  await question.waitFor({ state: "detached" });
  await bin.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await question.getByRole("button", { name: "Delete for good" }).waitFor();
  assert.deepEqual(asked, ["/demo/tests/versions/plan.txt?versionId=v1"]);
  await question.getByRole("button", { name: "Delete for good" }).click();
  await question.waitFor({ state: "detached" });
  await dialog.getByText("v2").waitFor({ state: "detached" });
  assert.deepEqual(asked, ["/demo/tests/versions/plan.txt?versionId=v1", "?versionId=v2"]);
  await visiting.end();
});

/** A second of silence. */
function sound() {
  const [rate, head] = [8000, 44];
  const bytes = Buffer.alloc(head + rate, 128);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(head + rate - 8, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(rate, 40);
  return bytes;
}

test("a sound is played from the gateway, and many files are downloaded at once", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await folderOf(page, "sounds", ["1.txt", "2.txt", "3.txt"]);
  await bring(page, [{ name: "quiet.wav", mimeType: "audio/wav", buffer: sound() }]);
  await row(page, "quiet.wav").getByText("quiet.wav").click();
  await page.waitForFunction(() => Math.round(document.querySelector("audio")?.duration ?? 0) === 1);
  await inspect(page, "audio");
  await page.keyboard.press("Escape");

  const arrived = [];
  page.on("download", async (download) => {
    arrived.push([download.suggestedFilename(), readFileSync(await download.path(), "utf8")]);
  });
  for (const name of ["1.txt", "2.txt", "3.txt"]) await select(page, name);
  await page.getByRole("button", { name: "Download" }).click();
  await eventually("not all three arrive", () => arrived.length === 3);
  assert.deepEqual(arrived.sort(), ["1.txt", "2.txt", "3.txt"].map((name) => [name, `this is ${name}`]));
  await visiting.end();
});

test("the dialogs of objects, light and dark, narrow and wide", async () => {
  const visiting = await visit({ ...NARROW, expected: [501] });
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  await open(page, "/console/b/demo/");
  await signInAs(page, "ada");
  await select(page, "hi.txt");
  for (const [choice, ready] of [
    ["Details", "This storage keeps no versions"],
    ["Share a link…", "It ends earlier when"],
    ["Rename…", "New name"],
    ["Move…", "A storage cannot rename"],
  ]) {
    await choose(page, choice);
    await dialog.getByText(ready).first().waitFor();
    await inspectLooks(page, choice.split(" ")[0].replace("…", "").toLowerCase());
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
  await page.getByRole("button", { name: "Upload a folder, or to a path…" }).click();
  await dialog.getByRole("button", { name: "Choose files" }).waitFor();
  await inspectLooks(page, "upload-to");
  await visiting.end();
});
