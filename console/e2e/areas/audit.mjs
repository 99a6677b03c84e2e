// The audit trail: filters, what happens just now, an event, who could on a day, export.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { inspect, inspectLooks, NARROW } from "../browser.mjs";
import { asRoot, happenAt, open, reads, row, signInAs, signInAsRoot, stack, visit } from "../world.mjs";

/** Has a request signed, so that it is on record. */
async function sign(key, method = "GET", bucket = "demo") {
  const { storage } = await asRoot("GET", "/v1/whoami");
  const url = `${storage.endpoints[0].url}/${bucket}/${encodeURIComponent(key)}`;
  await asRoot("POST", "/v1/sign", { method, url, headers: [], payload: "UNSIGNED-PAYLOAD" });
}

/** Has a user of `dev` sign in, so that it is on record. */
async function login(username) {
  const { demo } = await (await fetch(`${stack.url}/console/config.json`)).json();
  const body = JSON.stringify({ username, password: demo.password, project: demo.project });
  const answer = await fetch(`${stack.url}/auth/login`, { method: "POST", headers: { "content-type": "application/json" }, body });
  assert.equal(answer.ok, true, await answer.text());
}

/** The cells of CSV (RFC 4180). */
function parseCsv(text) {
  const rows = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\r\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

/** Has the log of changes verified to its end, which takes a second or more. */
async function verifyAll() {
  for (let after = ""; ; ) {
    const part = await asRoot("GET", `/v1/changes/chain${after}`);
    assert.ok(part.holds);
    if (!part.more) return part;
    after = `?after=${encodeURIComponent(part.next)}`;
  }
}

async function exported(page, format) {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /Format$/ }).click();
  await page.getByRole("option", { name: format }).click();
  const arriving = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Export", exact: true }).click();
  const download = await arriving;
  await dialog.getByText("exported.").waitFor();
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

test("the trail is filtered, followed and exported", async () => {
  const formula = '=1+1, "x".txt';
  await sign(formula);
  for (const user of ["carl", "ada"]) await login(user);
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/audit");
  await signInAsRoot(page);
  await row(page, formula).waitFor();
  await row(page, "account.login").getByTitle(stack.users.ada, { exact: true }).filter({ hasText: `ada (${stack.users.ada})` }).first().waitFor();
  await inspect(page, "audit");

  await page.getByLabel("Who", { exact: true }).fill(stack.users.carl);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  const carl = page.getByRole("gridcell").filter({ has: page.getByTitle(`user:${stack.users.carl}`) });
  // Rows of before name others.
  await row(page, "ada").first().waitFor({ state: "detached" });
  await carl.first().waitFor();
  assert.equal((await carl.first().innerText()).trim(), "carl", "an account goes by its username");
  assert.equal(await row(page, "ada").count(), 0);
  assert.equal(new URL(page.url()).searchParams.get("actor"), stack.users.carl);
  await page.getByLabel("Who", { exact: true }).fill("ada");
  await page.getByRole("option", { name: `ada (${stack.users.ada})` }).click();
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await row(page, "ada").first().waitFor();
  assert.equal(new URL(page.url()).searchParams.get("actor"), `user:${stack.users.ada}`);
  await reads(page.getByLabel("Who", { exact: true }), `ada (${stack.users.ada})`);
  assert.equal(await row(page, "carl").count(), 0);
  await page.locator("button:focus").getByText("Filter", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  await page.waitForURL((url) => !url.searchParams.has("actor"));
  await page.locator("button:focus").getByText("Clear", { exact: true }).waitFor();
  await reads(page.getByLabel("Who", { exact: true }), "");

  await page.getByLabel("Bucket", { exact: true }).fill("demo");
  await page.keyboard.press("Escape");
  await page.getByLabel("Key (loaded rows)").fill("live/");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByText("No event matches.").waitFor();
  const listening = page.waitForResponse((answer) => answer.headers()["content-type"] === "text/event-stream");
  await page.getByRole("button", { name: "Live" }).click();
  await listening;
  await sign("live/one.txt");
  await sign("other.txt");
  await sign("live/two.txt");
  await row(page, "live/two.txt").waitFor();
  await row(page, "live/one.txt").waitFor();
  assert.equal(await row(page, "other.txt").count(), 0);
  await inspect(page, "audit-live");

  await page.getByRole("button", { name: "Export…" }).click();
  await inspect(page, "audit-export");
  const lines = await exported(page, "NDJSON");
  assert.match(lines.name, /^audit-.*\.ndjson$/);
  const events = lines.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(events.map((event) => event.key), ["live/two.txt", "live/one.txt"]);
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();

  await page.getByLabel("Key (loaded rows)").fill("=");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await row(page, formula).waitFor();
  await page.getByRole("button", { name: "Export…" }).click();
  const table = parseCsv((await exported(page, "CSV")).text);
  assert.equal(table.length, 2);
  const cells = Object.fromEntries(table[0].map((name, at) => [name, table[1][at]]));
  assert.equal(cells.key, `'${formula}`, "no formula");
  assert.equal(cells.action, "s3:GetObject");
  await visiting.end();
});

test("new events move no row that somebody points at or looks at, and stay once Live is off", async () => {
  // In a bucket of its own: no other test's events are among them.
  await asRoot("PUT", "/v1/buckets/audit-still", {});
  const happen = (key) => sign(key, "GET", "audit-still");
  for (let many = 0; many < 40; many += 1) await happen(`still/${many}.txt`);
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/audit?action=s3:GetObject&bucket=audit-still");
  await signInAsRoot(page);
  await row(page, "still/39.txt").waitFor();
  const live = page.getByRole("button", { name: "Live" });
  const listening = page.waitForResponse((answer) => answer.headers()["content-type"] === "text/event-stream");
  await live.click();
  await listening;
  /** Where a row is, once it does not move. */
  const placeOf = async (name) => {
    await (await row(page, name).elementHandle()).waitForElementState("stable");
    return topOf(name);
  };
  const topOf = async (name) => (await row(page, name).boundingBox()).y;
  await row(page, "still/36.txt").hover();
  const pointed = await placeOf("still/36.txt");
  await happen("still/new-1.txt");
  await page.getByRole("button", { name: "1 new event above" }).waitFor();
  assert.equal(await topOf("still/36.txt"), pointed);
  // Nobody points at it any more, but somebody looks further down.
  await page.getByRole("grid").focus();
  await page.keyboard.press("End");
  await row(page, "still/0.txt").waitFor();
  const seen = await placeOf("still/0.txt");
  await page.getByRole("heading", { name: "Audit" }).hover();
  await happen("still/new-2.txt");
  await page.getByRole("button", { name: "2 new events above" }).waitFor();
  await inspect(page, "audit-above");
  assert.equal(await topOf("still/0.txt"), seen);
  await page.getByRole("button", { name: "2 new events above" }).click();
  await row(page, "still/new-2.txt").waitFor();
  await page.getByRole("button", { name: "new events above" }).waitFor({ state: "detached" });
  await live.click();
  await page.getByText("New events appear by themselves.").waitFor({ state: "detached" });
  await row(page, "still/new-1.txt").waitFor();
  await row(page, "still/new-2.txt").waitFor();
  // What happens while it is off is heard once it is on again.
  await happen("still/new-3.txt");
  await live.click();
  await page.getByRole("heading", { name: "Audit" }).click();
  await row(page, "still/new-3.txt").first().waitFor();
  await visiting.end();
});

test("an event leads to who could then, and to why, by the keyboard alone", async () => {
  const path = "/v1/buckets/demo/grants/past?prefix=trial/past/";
  await asRoot("PUT", path, { permissions: ["read"] });
  await sign("trial/past/file.txt");
  await asRoot("DELETE", path);
  const visiting = await visit();
  const { page } = visiting;
  const { keyboard } = page;
  await open(page);
  await signInAsRoot(page);
  await page.getByRole("link", { name: "demo", exact: true }).waitFor();
  await happenAt(page, 0);
  await keyboard.press("g");
  await keyboard.press("u");
  await row(page, "trial/past/file.txt").waitFor();
  await keyboard.press("/");
  await keyboard.type("key:");
  await keyboard.press("Escape");
  await reads(page.getByLabel("Who", { exact: true }), "key:");
  await page.getByRole("grid").focus();
  await keyboard.press("End");
  await keyboard.press("Home");
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await page.getByRole("dialog").getByText("s3:GetObject").first().waitFor();
  await page.getByRole("dialog").getByText("trial/past/file.txt").waitFor();
  await inspect(page, "audit-event");
  await page.getByRole("button", { name: "Who could then…" }).focus();
  await keyboard.press("Enter");
  const table = page.getByRole("table", { name: "Who could" });
  await table.getByRole("row").filter({ hasText: "past" }).waitFor();
  await inspect(page, "audit-who-could");
  await page.getByLabel("When").fill("");
  await page.getByRole("button", { name: "Show", exact: true }).focus();
  await keyboard.press("Enter");
  await table.getByRole("row").filter({ hasText: "past" }).waitFor({ state: "detached" });
  await table.getByRole("row", { name: /^account\s+bob\s+user/ }).getByTitle(stack.users.bob).waitFor();
  await keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  await open(page, `/console/audit?actor=${stack.users.carl}&outcome=deny`);
  await signInAsRoot(page);
  await row(page, "carl").first().click();
  await page.getByRole("dialog").getByText(`user:${stack.users.carl}`, { exact: true }).waitFor();
  await page.getByRole("link", { name: "Why? Try it now" }).click();
  await page.getByText("Refused", { exact: true }).waitFor();
  await visiting.end();
});

test("the log of changes is verified in parts, its head is shown, and a break is named", async () => {
  const route = "**/v1/changes/chain*";
  const whole = await verifyAll();
  const visiting = await visit();
  const { page } = visiting;
  // The server would take a second for each part: here each part has a few changes.
  const parts = [];
  let holdOn;
  const held = new Promise((go) => (holdOn = go));
  await page.route(route, async (one) => {
    const url = new URL(one.request().url());
    url.searchParams.set("page_size", String(Math.ceil(whole.verified_revision / 3)));
    const part = { after: url.searchParams.get("after"), next: null };
    parts.push(part);
    if (parts.length === 2) await held;
    const answer = await one.fetch({ url: url.href });
    part.next = (await answer.json()).next;
    await one.fulfill({ response: answer });
  });
  await open(page, "/console/audit");
  await signInAsRoot(page);
  await page.getByText(/The log of changes is being verified: [\d,]+ so far…/).waitFor();
  holdOn();
  await page.getByText(`The log of changes is unbroken until revision ${whole.verified_revision},`).waitFor();
  await page.getByText(whole.next, { exact: true }).waitFor();
  assert.ok(parts.length >= 3, `${parts.length} parts`);
  assert.deepEqual(parts.map((part) => part.after), [null, ...parts.slice(0, -1).map((part) => part.next)]);
  await inspect(page, "audit-unbroken");
  await page.unroute(route);

  const broken = { revision: 7, reason: "column", column: "actor" };
  const check = { ...whole, holds: false, broken, changes: 6, verified_revision: 6, next: `6:${"ab".repeat(32)}` };
  await page.route(route, (one) => one.fulfill({ json: check }));
  await open(page, "/console/audit");
  await signInAsRoot(page);
  const alert = page.getByRole("alert").filter({ hasText: "broken at revision 7" });
  await alert.getByText("“actor”").waitFor();
  await alert.getByText("It holds until revision 6,").waitFor();
  assert.equal(await page.getByText("unbroken").count(), 0);
  await inspect(page, "audit-broken");
  await visiting.end();
});

test("who may not read the trail is told so", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/audit");
  await signInAs(page, "ada");
  await page.getByText("You may not see this").waitFor();
  assert.equal(await page.getByRole("link", { name: "Audit" }).count(), 0);
  await inspect(page, "audit-denied");
  await visiting.end();
});

test("the trail, light and dark, narrow and wide", async () => {
  const visiting = await visit(NARROW);
  const { page } = visiting;
  await open(page, "/console/audit?action=s3:PutObject&outcome=deny");
  await signInAsRoot(page);
  await row(page, "s3:PutObject").first().waitFor();
  await inspectLooks(page, "audit");
  await row(page, "s3:PutObject").first().click();
  await page.getByRole("dialog").waitFor();
  await inspectLooks(page, "audit-event");
  await page.getByRole("button", { name: "Who could then…" }).click();
  await page.getByRole("table", { name: "Who could" }).waitFor();
  await inspectLooks(page, "audit-who-could");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Export…" }).click();
  await page.getByRole("dialog").waitFor();
  await inspectLooks(page, "audit-export");
  await visiting.end();
});
