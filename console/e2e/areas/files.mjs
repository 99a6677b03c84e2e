// The files of a bucket.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { inspect } from "../browser.mjs";
import {
  bring, eventually, file, happenAt, open, pressAgain, row, signInAs, signInAsRoot, stack, unable, uploadFiles, visit,
} from "../world.mjs";

test("from a cold start to the first uploaded file by mouse alone", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page);
  await inspect(page, "sign-in");
  await signInAs(page, "ada"); // 1
  await page.getByRole("link", { name: "demo", exact: true }).waitFor();
  await inspect(page, "buckets");
  await page.getByRole("link", { name: "demo", exact: true }).click(); // 2
  await row(page, "hi.txt").waitFor();
  await uploadFiles(page, [file("first.txt", "the first file")]); // 3, and the choice of the file
  await row(page, "first.txt").waitFor();
  await page.getByText("1 of 1 uploaded").waitFor();
  await page.getByText("until").waitFor();
  await visiting.end();
});

test("files are uploaded, shown, downloaded and deleted", async () => {
  const visiting = await visit({ expected: [412] });
  const { page } = visiting;
  await open(page, "/console/b/demo/tests/files/");
  await signInAs(page, "ada");
  await page.getByRole("button", { name: "New folder" }).click();
  await page.getByRole("textbox", { name: "Name of the folder" }).fill("50% über + more");
  await inspect(page, "new-folder");
  await page.getByRole("button", { name: "Make folder" }).click();
  await page.getByRole("heading", { name: "50% über + more" }).waitFor();
  await page.getByText("Nothing is here yet").waitFor();
  await inspect(page, "empty");

  const names = ["a #1?.txt", "ü+%41.txt", "x.html", "empty.bin"];
  await uploadFiles(page, [
    file(names[0], "one"),
    file(names[1], "two"),
    file(names[2], "<script>document.title = 'run'</script>", "text/html"),
    file(names[3], "", "application/octet-stream"),
  ]);
  await page.getByText("4 of 4 uploaded").waitFor();
  for (const name of names) await row(page, name).waitFor();
  await inspect(page, "files");
  await page.getByRole("button", { name: "Clear" }).click();

  await row(page, "x.html").getByText("x.html").click();
  await page.getByText("<script>").waitFor();
  await inspect(page, "preview");
  assert.notEqual(await page.title(), "run", "nothing of it runs");
  await page.keyboard.press("Escape");
  await row(page, "empty.bin").getByText("empty.bin").click();
  await page.getByText("There is no preview").waitFor();
  await page.getByRole("button", { name: "Close" }).click();

  await page.getByRole("checkbox", { name: "Select ü+%41.txt" }).check();
  const arriving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const download = await arriving;
  assert.equal(download.suggestedFilename(), "ü+%41.txt");
  assert.equal(readFileSync(await download.path(), "utf8"), "two");

  await uploadFiles(page, [file(names[0], "one again")]);
  await row(page, "a #1?.txt").waitFor();
  await page.getByRole("button", { name: "Keep both" }).click();
  await row(page, "a #1? (2).txt").waitFor();

  await page.reload();
  await row(page, "a #1? (2).txt").waitFor();
  await page.getByRole("checkbox", { name: "Select all loaded files" }).check();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("heading", { name: "Delete 5 files?" }).waitFor();
  await inspect(page, "delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("Nothing is here yet").waitFor();

  await bring(page, [file("1.txt", "1"), file("2.txt", "2")]);
  await page.getByRole("navigation", { name: "Where you are" }).getByRole("link", { name: "files" }).click();
  await page.getByRole("checkbox", { name: "Select 50% über + more/" }).check();
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: "Delete 2 files?" }).waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Delete" }).isDisabled(), true);
  await dialog.getByRole("textbox").fill("50% über + more");
  await inspect(page, "delete-folder");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.waitFor({ state: "detached" });
  await row(page, "50% über + more").waitFor({ state: "detached" });
  await page.getByText("Nothing is here yet").waitFor();
  await visiting.end();
});

test("a key with dots reaches no other object", async () => {
  const visiting = await visit();
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  const changed = [];
  page.on("request", (request) => {
    if (["PUT", "DELETE"].includes(request.method())) changed.push(`${request.method()} ${request.url()}`);
  });
  const odd = { key: "odd/../hi.txt", size: 5, last_modified: "2026-11-01T08:00:00.000Z", etag: null };
  const listings = { "": { items: [], prefixes: ["odd/"] }, "odd/": { items: [odd], prefixes: [] } };
  const isListing = (url) => url.origin === stack.origins[1] && url.pathname === "/demo";
  await page.route(isListing, (route) => {
    const listing = listings[new URL(route.request().url()).searchParams.get("prefix")];
    const headers = { "access-control-allow-origin": stack.url };
    return route.fulfill({ json: { ...listing, next_page_token: null }, headers });
  });
  await open(page, "/console/b/demo/");
  await signInAs(page, "ada");
  await row(page, "odd/").waitFor();
  await page.getByRole("button", { name: "Upload a folder, or to a path…" }).click();
  const chooser = page.waitForEvent("filechooser");
  await dialog.getByRole("button", { name: "Choose files" }).click();
  await (await chooser).setFiles([file("up.txt", "up")]);
  for (const folder of ["../tour/", "a/b/../", "a/./c"]) {
    await dialog.getByRole("textbox", { name: "Folder" }).fill(folder);
    await dialog.getByRole("button", { name: "Upload", exact: true }).click();
    await dialog.getByText("are not names").waitFor();
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  await page.getByRole("checkbox", { name: "Select odd/" }).check();
  await page.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("heading", { name: "Delete 1 file?" }).waitFor();
  await dialog.getByRole("textbox").fill("odd");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByText("Not within reach of a browser").waitFor();
  await inspect(page, "delete-dots");
  assert.deepEqual(changed, []);
  await visiting.end();
});

test("a double click opens what a click opens", async () => {
  const visiting = await visit();
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  const name = (one) => row(page, one).getByText(one);
  await open(page, "/console/b/demo/tests/twice/inner/");
  await signInAs(page, "ada");
  await page.getByText("Nothing is here yet").waitFor();
  await bring(page, [file("one.txt", "the first"), file("two.txt", "the second")]);
  await page.getByRole("link", { name: "twice" }).click();
  await happenAt(page, 0);
  await name("inner/").click();
  // What the first press opened is there before the second one, whose place is the first row's.
  await name("one.txt").and(page.locator(":hover")).waitFor();
  await pressAgain(page);
  assert.equal(await dialog.count(), 0);
  await name("two.txt").click();
  await dialog.getByText("the second").waitFor();
  await pressAgain(page);
  assert.equal(await dialog.count(), 1);
  // A press beside it that is no second one closes it.
  await happenAt(page, 1_000_000_000);
  await page.mouse.click(5, 400);
  await dialog.waitFor({ state: "detached" });
  await visiting.end();
});

test("the active file stays the same while others come before it", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/b/demo/tests/active/");
  await signInAs(page, "ada");
  await page.getByText("Nothing is here yet").waitFor();
  await bring(page, [file("b.txt", "b"), file("c.txt", "c")]);
  await page.getByRole("grid").focus();
  await page.keyboard.press("ArrowDown");
  await bring(page, [file("a.txt", "a")]);
  await page.getByRole("grid").focus();
  await page.keyboard.press("Space");
  await page.getByRole("checkbox", { name: "Select c.txt", checked: true }).waitFor();
  await page.keyboard.press("Shift+Home");
  await page.getByText("3 selected").waitFor();
  await visiting.end();
});

test("every step by the keyboard alone", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page);
  await page.getByRole("button", { name: "Continue as ada" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "demo", exact: true }).focus();
  await page.keyboard.press("Enter");
  await row(page, "hi.txt").waitFor();
  await page.getByRole("grid").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  await page.keyboard.press("Control+a");
  await page.getByText("selected").waitFor();
  await page.keyboard.press("Delete");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  // Nothing was deleted, so it is all selected still.
  await page.getByText("selected").waitFor();
  await page.getByRole("grid").focus();
  await page.keyboard.press("Backspace");
  await page.getByRole("heading", { name: "Buckets" }).waitFor();
  await visiting.end();
});

test("the keyboard stays in the list: over folders, dialogs and answers", async () => {
  const visiting = await visit({ expected: [412] });
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  const grid = (name) => page.locator(`[role=grid][aria-label="Files in demo/tests/${name}"]:focus`).waitFor();
  await open(page, "/console/b/demo/tests/keys/deep/deeper/");
  await signInAs(page, "ada");
  await page.getByText("Nothing is here yet").waitFor();
  await bring(page, [file("x.txt", "x")]);
  await page.getByRole("button", { name: "Clear" }).click();
  await grid("keys/deep/deeper/");
  await page.keyboard.press("Backspace");
  await grid("keys/deep/");
  await page.keyboard.press("Backspace");
  await grid("keys/");
  await row(page, "deep/").waitFor();
  await page.keyboard.press("Enter");
  await grid("keys/deep/");
  await row(page, "deeper/").waitFor();
  await page.keyboard.press("Enter");
  await grid("keys/deep/deeper/");
  await row(page, "x.txt").waitFor();

  await page.getByRole("checkbox", { name: "Select x.txt" }).check();
  await page.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await grid("keys/deep/deeper/");
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Rename…" }).click();
  await dialog.getByRole("textbox", { name: "New name" }).fill("y.txt");
  await page.keyboard.press("Enter");
  await row(page, "y.txt").waitFor();
  await grid("keys/deep/deeper/");

  await uploadFiles(page, [file("y.txt", "once more")]);
  const tray = page.getByRole("complementary", { name: "Uploads" });
  await tray.getByRole("button", { name: "Skip" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("aside:focus").waitFor();
  await tray.getByRole("button", { name: "Clear" }).focus();
  await page.keyboard.press("Enter");
  await grid("keys/deep/deeper/");

  await page.getByRole("button", { name: "New folder" }).click();
  await dialog.getByRole("textbox").fill("new");
  await page.keyboard.press("Enter");
  await grid("keys/deep/deeper/new/");
  await visiting.end();
});

test("`u` uploads, and behind `g` it goes to a page and opens no chooser", async () => {
  const visiting = await visit();
  const { page } = visiting;
  // Kept on for all of the visit: an event that comes before somebody waits for it is not lost.
  const choosers = [];
  page.on("filechooser", (chooser) => choosers.push(chooser));
  const opened = async (many) => {
    await eventually(`${many} choosers are not opened`, () => choosers.length >= many);
    assert.equal(choosers.length, many);
  };
  const atRows = async () => {
    await page.getByText("Nothing is here yet").waitFor();
    await page.getByRole("grid").focus();
  };
  await open(page, "/console/b/demo/tests/by-key/");
  await signInAsRoot(page);
  await atRows();
  await happenAt(page, 0);
  await page.keyboard.press("g");
  await page.keyboard.press("u");
  await page.getByRole("heading", { name: "Audit" }).waitFor();
  await page.goBack();
  await atRows();
  // Whoever has no page for a letter stays, and nothing else is done with it.
  await page.keyboard.press("g");
  await page.keyboard.press("x");
  await page.keyboard.press("u");
  // A chooser of `g u` would be there before this one.
  await opened(1);
  await choosers[0].setFiles([file("by-key.txt", "by the key")]);
  await row(page, "by-key.txt").waitFor();
  await opened(1);
  await visiting.end();
});

test("files are dropped", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/b/demo/tests/dropped/");
  await signInAs(page, "ada");
  await page.getByText("Nothing is here yet").waitFor();
  const transfer = await page.evaluateHandle(() => {
    const made = new window.DataTransfer();
    made.items.add(new window.File(["dropped"], "dropped.txt", { type: "text/plain" }));
    return made;
  });
  const list = page.getByRole("grid");
  await list.dispatchEvent("dragenter", { dataTransfer: transfer });
  await list.dispatchEvent("drop", { dataTransfer: transfer });
  await row(page, "dropped.txt").waitFor();
  const listing = page.waitForRequest((request) => request.url().includes("prefix=tests%2Fdropped%2F%2Fx%2F"));
  await open(page, "/console/b/demo/tests/dropped/~/x/");
  await listing;
  await visiting.end();
});

test("who may not is told what is missing", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/b/demo/");
  await signInAs(page, "bob");
  await row(page, "hi.txt").waitFor();
  await unable(page, page.getByRole("button", { name: "Upload", exact: true }), "write");
  await unable(page, page.getByRole("button", { name: "Upload a folder, or to a path…" }), "write");
  await page.getByRole("checkbox", { name: "Select hi.txt" }).check();
  await page.getByRole("button", { name: "More", exact: true }).click();
  const rename = page.getByRole("menuitem", { name: "Rename…" });
  await rename.getByText("You need the permission “write” here").waitFor();
  assert.equal(await rename.getAttribute("aria-disabled"), "true");
  await inspect(page, "more-missing");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Sign out" }).click();
  await signInAs(page, "carl");
  await page.getByText("You have no access yet").waitFor();
  await inspect(page, "nothing");
  await visiting.end();
});

test("who holds nothing in a bucket is told whom to ask, and which folders are open", async () => {
  const visiting = await visit({ expected: [403] });
  const { page } = visiting;
  await open(page, "/console/b/demo/");
  await signInAs(page, "carl");
  await page.getByText("You hold nothing here").waitFor();
  await page.getByText(stack.users.carl, { exact: true }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Retry" }).count(), 0);
  await inspect(page, "no-access");
  await page.route("**/v1/permissions?bucket=demo", (route) =>
    route.fulfill({ json: { items: [{ bucket: "demo", permissions: [], prefixes: [{ prefix: "carl/", permissions: ["read"] }] }] } }),
  );
  await page.reload();
  await page.getByRole("link", { name: "carl/" }).click();
  await page.getByRole("heading", { name: "carl" }).waitFor();
  await visiting.end();
});

test("an API key that may not sign is told so", async () => {
  const visiting = await visit({ expected: [403] });
  const { page } = visiting;
  await page.route("**/v1/whoami", async (route) => {
    const answer = await route.fetch();
    const who = await answer.json();
    return route.fulfill({ json: { ...who, scopes: who.scopes.filter((one) => one !== "sign" && one !== "audit:read") } });
  });
  await open(page);
  await signInAsRoot(page);
  await row(page, "demo").getByText("the API key needs the scope “sign”").waitFor();
  await page.getByRole("link", { name: "demo", exact: true }).click();
  await row(page, "hi.txt").waitFor();
  await unable(page, page.getByRole("button", { name: "Upload", exact: true }), "sign");
  await visiting.end();
});

test("what a filter hides is not deleted", async () => {
  const visiting = await visit();
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  await open(page, "/console/b/demo/tests/hidden/");
  await signInAs(page, "ada");
  await page.getByText("Nothing is here yet").waitFor();
  await bring(page, [file("in-sight.txt", "1"), file("other.txt", "2")]);
  await page.getByRole("checkbox", { name: "Select all loaded files" }).check();
  await page.getByText("2 selected").waitFor();
  await page.getByRole("textbox", { name: "Filter loaded rows" }).fill("sight");
  await page.getByText("1 selected").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("heading", { name: "Delete 1 file?" }).waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("textbox", { name: "Filter loaded rows" }).fill("nothing");
  await page.getByRole("button", { name: "Delete" }).waitFor({ state: "detached" });
  await visiting.end();
});

test("thousands of buckets: few are in the document, and all are reached", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await page.route(`${stack.url}/v1/permissions`, async (route) => {
    const items = Array.from({ length: 5000 }, (_, at) => {
      return { bucket: `bucket-${String(at).padStart(4, "0")}`, permissions: ["read", "write"], prefixes: [] };
    });
    await route.fulfill({ json: { items } });
  });
  await open(page);
  await signInAs(page, "ada");
  await row(page, "bucket-0000").getByText("read, write").waitFor();
  const table = page.getByRole("table", { name: "Buckets" });
  assert.equal(await table.getAttribute("aria-rowcount"), "5001");
  await page.getByRole("group", { name: "Buckets" }).focus();
  // What is in sight is measured, which moves what is below it.
  await eventually("the last bucket is not reached", async () => {
    await page.keyboard.press("End");
    return (await row(page, "bucket-4999").count()) > 0;
  });
  const rows = await page.getByRole("row").count();
  assert.ok(rows <= 60, `${rows} rows are in the document`);
  await inspect(page, "many-buckets");
  await page.getByLabel("Filter buckets").fill("4711");
  await row(page, "bucket-4711").waitFor();
  await visiting.end();
});

test("100,000 keys: the first rows come at once, and few are in the document", async (context) => {
  const visiting = await visit();
  const { page } = visiting;
  const [all, size] = [100_000, 1000];
  let asked = 0;
  let letGo;
  const held = new Promise((tell) => (letGo = tell));
  const isListing = (url) => url.origin === stack.origins[1] && url.pathname === "/demo";
  await page.route(isListing, async (route) => {
    asked += 1;
    const from = Number(new URL(route.request().url()).searchParams.get("page_token") ?? 0);
    if (from > 0) await held;
    const items = Array.from({ length: size }, (_, at) => {
      const key = `scan-${String(from + at).padStart(6, "0")}.tif`;
      return { key, size: (from + at) * 977, last_modified: "2026-11-01T08:00:00.000Z", etag: null };
    });
    const next_page_token = from + size < all ? String(from + size) : null;
    const headers = { "access-control-allow-origin": stack.url };
    await route.fulfill({ json: { items, prefixes: [], next_page_token }, headers });
  });
  await open(page);
  await signInAs(page, "ada");
  await page.getByRole("link", { name: "demo", exact: true }).waitFor();
  const clicked = performance.now();
  await page.getByRole("link", { name: "demo", exact: true }).click();
  // They wait for no other page.
  await row(page, "scan-000000.tif").waitFor();
  context.diagnostic(`the first rows were there after ${Math.round(performance.now() - clicked)} ms (at most 1,000 are promised)`);
  assert.ok(asked <= 2, `${asked} pages were asked for`);
  letGo();
  await page.getByRole("grid").focus();
  for (let known = 0; known < all; known += size) {
    await page.getByText(`${Math.min(all, known + size).toLocaleString("en-GB")} entries`).waitFor();
    await page.keyboard.press("End");
  }
  await row(page, "scan-099999.tif").waitFor();
  const rows = await page.getByRole("row").count();
  assert.ok(rows <= 60, `${rows} rows are in the document`);
  await inspect(page, "many");
  await visiting.end();
});
