// The pages of the console, in a browser, against a server.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { inspect, launch, visitor } from "./browser.mjs";
import { start } from "./stack.mjs";

let stack;
let browser;
before(async () => {
  stack = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const file = (name, text, mimeType = "text/plain") => ({ name, mimeType, buffer: Buffer.from(text) });

async function open(page, path = "/console/") {
  await page.goto(stack.url + path);
}
async function signInAs(page, user) {
  await page.getByRole("button", { name: `Continue as ${user}` }).click();
}
async function uploadFiles(page, files) {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await (await chooser).setFiles(files);
}
const row = (page, name) => page.getByRole("row").filter({ hasText: name });

test("from a cold start to the first uploaded file by mouse alone", async () => {
  const visit = await visitor(browser, stack);
  const { page } = visit;
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
  await visit.end();
});

test("files are uploaded, shown, downloaded and deleted", async () => {
  const visit = await visitor(browser, stack, { expected: [412] });
  const { page } = visit;
  await open(page, "/console/b/demo/");
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
  await inspect(page, "delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("Nothing is here yet").waitFor();

  await uploadFiles(page, [file("1.txt", "1"), file("2.txt", "2")]);
  await row(page, "2.txt").waitFor();
  await page.getByRole("navigation", { name: "Where you are" }).getByRole("link", { name: "demo" }).click();
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
  await row(page, "hi.txt").waitFor();
  await visit.end();
});

test("every step by the keyboard alone", async () => {
  const visit = await visitor(browser, stack);
  const { page } = visit;
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
  await page.getByRole("grid").focus();
  await page.keyboard.press("Backspace");
  await page.getByRole("heading", { name: "Buckets" }).waitFor();
  await visit.end();
});

test("files are dropped", async () => {
  const visit = await visitor(browser, stack);
  const { page } = visit;
  await open(page, "/console/b/demo/dropped/");
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
  const listing = page.waitForRequest((request) => request.url().includes("prefix=dropped%2F%2Fx%2F"));
  await open(page, "/console/b/demo/dropped/~/x/");
  await listing;
  await visit.end();
});

test("who may not is told what is missing", async () => {
  const visit = await visitor(browser, stack);
  const { page } = visit;
  await open(page, "/console/b/demo/");
  await signInAs(page, "bob");
  await row(page, "hi.txt").waitFor();
  const upload = page.getByRole("button", { name: "Upload", exact: true });
  assert.equal(await upload.getAttribute("aria-disabled"), "true");
  await upload.hover();
  await page.getByRole("tooltip").getByText("write").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await signInAs(page, "carl");
  await page.getByText("You hold nothing here yet").waitFor();
  await inspect(page, "nothing");
  await visit.end();
});

test("an account is invited, signs in, stays signed in over a reload, and signs out", async () => {
  const visit = await visitor(browser, stack, { expected: [401] });
  const { page } = visit;
  const headers = { "x-api-key": stack.rootKey, "content-type": "application/json" };
  const body = JSON.stringify({ username: "dora", display_name: "Dora Maar" });
  const made = await fetch(`${stack.url}/v1/accounts`, { method: "POST", headers, body });
  const { invitation } = await made.json();
  const link = new URL(invitation.link ?? invitation.url);
  await open(page, link.pathname + link.hash);
  await page.getByRole("heading", { name: "Set your password" }).waitFor();
  assert.equal(new URL(page.url()).hash, "", "the token is not in the address");
  await inspect(page, "invite");
  const password = "seven pears and a lamp";
  await page.getByLabel("New password").fill(password);
  await page.getByLabel("Once more").fill(password);
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByText("Your password is set").waitFor();
  await page.getByLabel("Password").fill("not the password at all");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await inspect(page, "sign-in-refused");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Dora Maar").waitFor();
  await page.reload();
  await page.getByText("Dora Maar").waitFor();
  const stored = await page.evaluate(() => JSON.stringify({ ...window.localStorage, ...window.sessionStorage }));
  assert.doesNotMatch(stored, /eyJ|cgrt_/, "no token is in the storage of the page");
  assert.equal(await page.evaluate(() => document.cookie), "", "scripts see no cookie");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();

  await page.getByLabel("Name or e-mail address").fill("dora");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Dora Maar").waitFor();
  await page.evaluate(() => window.localStorage.setItem("cargo.signed-in", "somebody else"));
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await visit.end();
});

test("an API key opens every bucket", async () => {
  const visit = await visitor(browser, stack);
  const { page } = visit;
  await open(page);
  await page.getByRole("button", { name: "Key or token" }).click();
  await page.getByLabel("API key or token").fill(stack.rootKey);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("the application").waitFor();
  await page.getByRole("link", { name: "tour", exact: true }).waitFor();
  await visit.end();
});

test("whose token has ended signs in, and goes on where they were", async () => {
  const visit = await visitor(browser, stack, { expected: [401] });
  const { page } = visit;
  await open(page, "/console/b/demo/");
  await signInAs(page, "ada");
  await row(page, "hi.txt").waitFor();
  const ended = { status: 401, contentType: "application/problem+json", body: '{"code":"token_expired"}' };
  await page.route("**/v1/permissions*", (route) => route.fulfill(ended));
  await page.getByRole("link", { name: "Buckets" }).first().click();
  await page.getByText("Your sign-in has ended").waitFor();
  await page.unroute("**/v1/permissions*");
  await page.goto(`${stack.url}/console/b/demo/?x=1`);
  await signInAs(page, "ada");
  await row(page, "hi.txt").waitFor();
  assert.equal(new URL(page.url()).pathname, "/console/b/demo/");
  await visit.end();
});

test("100,000 keys: the first rows come at once, and few are in the document", async () => {
  const visit = await visitor(browser, stack);
  const { page } = visit;
  const [all, size] = [100_000, 1000];
  let asked = 0;
  const isListing = (url) => url.origin === stack.origins[1] && url.pathname === "/demo";
  await page.route(isListing, async (route) => {
    asked += 1;
    const from = Number(new URL(route.request().url()).searchParams.get("page_token") ?? 0);
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
  const began = performance.now();
  await page.getByRole("link", { name: "demo", exact: true }).click();
  await row(page, "scan-000000.tif").waitFor();
  const took = performance.now() - began;
  assert.ok(took < 1000, `the first rows took ${Math.round(took)} ms`);
  assert.ok(asked <= 2, `${asked} pages were asked for`);
  await page.getByRole("grid").focus();
  for (let known = 0; known < all; known += size) {
    await page.getByText(`${Math.min(all, known + size).toLocaleString("en-GB")} entries`).waitFor();
    await page.keyboard.press("End");
  }
  await row(page, "scan-099999.tif").waitFor();
  const rows = await page.getByRole("row").count();
  assert.ok(rows <= 60, `${rows} rows are in the document`);
  await inspect(page, "many");
  await visit.end();
});

for (const [scheme, width] of [
  ["dark", 1200],
  ["light", 390],
  ["dark", 390],
]) {
  test(`every page in ${scheme} at ${width} pixels`, async () => {
    const visit = await visitor(browser, stack, { scheme, width });
    const { page } = visit;
    const shot = (name) => inspect(page, `${name}-${scheme}-${width}`);
    await open(page);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await shot("sign-in");
    await signInAs(page, "ada");
    await page.getByRole("link", { name: "demo", exact: true }).waitFor();
    await shot("buckets");
    await page.getByRole("link", { name: "demo", exact: true }).click();
    await row(page, "hi.txt").waitFor();
    await page.getByRole("checkbox", { name: "Select hi.txt" }).check();
    await shot("files");
    await row(page, "hi.txt").getByText("hi.txt").click();
    await page.getByText("hello").waitFor();
    await shot("preview");
    await page.keyboard.press("Escape");
    await page.goto(`${stack.url}/console/no/such/page`);
    await page.getByText("There is no such page").waitFor();
    await shot("not-found");
    await visit.end();
  });
}
