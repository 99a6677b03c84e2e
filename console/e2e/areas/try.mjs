// Asking whether somebody may do something, and why.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

import { inspect, inspectLooks, NARROW } from "../browser.mjs";
import { asRoot, happenAt, open, reads, signInAs, signInAsRoot, stack, visit } from "../world.mjs";

/** Runs a line as it was copied, in a shell that has a `sail-cargo`. */
function run(line, input) {
  const home = mkdtempSync(path.join(tmpdir(), "sail-cargo-copied-"));
  try {
    symlinkSync(path.resolve(process.env.TEST_SAIL_CARGO), path.join(home, "sail-cargo"));
    if (input !== undefined) writeFileSync(path.join(home, "policy-test.jsonl"), input);
    const env = { PATH: `${home}:${process.env.PATH}`, HOME: home, SAIL_CARGO_API_KEY: stack.rootKey };
    return spawnSync("sh", ["-c", line], { env, cwd: home, encoding: "utf8" });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const copied = async (page, form) => {
  await page.getByRole("tab", { name: form, exact: true }).click();
  const text = await page.getByRole("tabpanel", { name: form }).locator("pre").innerText();
  assert.ok(!text.includes(stack.rootKey), `${form} has no secret in it`);
  return text;
};

async function choose(page, field, value) {
  await page.getByLabel(field, { exact: true }).fill(value);
  await page.keyboard.press("Escape");
}

test("a refused question is traced, granted and allowed, and what is copied says the same", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/try");
  await signInAsRoot(page);
  await page.getByRole("heading", { name: "Try" }).waitFor();
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByText("This is missing.").first().waitFor();
  await choose(page, "Who", "tess o'neil");
  await choose(page, "Action", "s3:PutObject");
  await choose(page, "Bucket", "demo");
  await page.getByLabel("Key", { exact: true }).fill("trial/it's 50%.txt");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByText("Refused", { exact: true }).waitFor();
  await page.locator("button:focus").getByText("Ask").waitFor();
  await page.getByText("No grant names them here.").waitFor();
  await inspect(page, "try-refused");

  const address = await copied(page, "Link");
  assert.equal(address, page.url());
  const curl = run(await copied(page, "curl"));
  assert.equal(JSON.parse(curl.stdout).code, "no_permission", curl.stderr);
  const line = run(await copied(page, "Command line"));
  assert.equal(line.status, 3, line.stderr);
  assert.match(line.stdout, /to be granted\s+write on demo\/trial\/it's 50%\.txt/);
  assert.equal(JSON.parse(await copied(page, "JSON")).response.allowed, false);
  const denied = await copied(page, "Policy test");

  await page.getByRole("button", { name: "Grant it…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("user tess o'neil gains write").waitFor();
  await dialog.getByText("demo/trial/", { exact: true }).first().waitFor();
  await inspect(page, "try-grant");
  await dialog.getByLabel("Reason").fill("she tries");
  await dialog.getByRole("button", { name: /Until$/ }).click();
  await page.getByRole("option", { name: "7 days" }).click();
  await dialog.getByText("It ends").waitFor();
  await dialog.getByRole("button", { name: "Grant", exact: true }).click();
  await page.getByText("Allowed", { exact: true }).waitFor();
  await page.locator(".answer:focus").waitFor();
  await inspect(page, "try-allowed");
  const { items } = await asRoot("GET", "/v1/buckets/demo/grants?subject=tess%20o'neil");
  assert.deepEqual(
    items.map(({ prefix, permissions, reason, expires_at }) => [prefix, permissions, reason, Boolean(expires_at)]),
    [["trial/", ["write"], "she tries", true]],
  );

  const again = run(await copied(page, "Command line"));
  assert.equal(again.status, 0, again.stderr);
  const allowed = await copied(page, "Policy test");
  const judged = run("sail-cargo simulate policy-test.jsonl", `${denied}\n${allowed}\n`);
  assert.equal(judged.status, 0, judged.stdout + judged.stderr);
  assert.match(judged.stderr + judged.stdout, /2 cases judged, 0 not as expected/);
  const both = run("sail-cargo simulate policy-test.jsonl", denied.replace('"expect":"deny"', '"expect":"allow"'));
  assert.equal(both.status, 1, "the line does judge");

  await page.goto(address);
  await signInAsRoot(page);
  await page.getByText("Allowed", { exact: true }).waitFor();
  await visiting.end();
});

test("a grant that somebody else changed meanwhile is not overwritten", async () => {
  const visiting = await visit({ expected: [412] });
  const { page } = visiting;
  await open(page, "/console/try?user=rival&action=read&bucket=demo&key=trial%2Fboth%2F");
  await signInAsRoot(page);
  await page.getByRole("button", { name: "Grant it…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("user rival gains read").waitFor();
  await asRoot("PUT", "/v1/buckets/demo/grants/rival?prefix=trial/both/", { permissions: ["write"] });
  await dialog.getByRole("button", { name: "Grant", exact: true }).click();
  await dialog.getByText("Somebody else changed this grant meanwhile").waitFor();
  await dialog.getByText("Replaces their grant of write there").waitFor();
  await dialog.getByRole("button", { name: "Grant", exact: true }).click();
  await page.getByText("Allowed", { exact: true }).waitFor();
  const line = run(await copied(page, "Command line"));
  assert.equal(line.stdout.trim(), "allowed", line.stderr);
  const { items } = await asRoot("GET", "/v1/buckets/demo/grants?subject=rival");
  assert.deepEqual(items[0].permissions, ["read", "write"]);
  await visiting.end();
});

test("what is granted beside a grant that ends ends with it; another end is led to the Access page", async () => {
  const path = "/v1/buckets/demo/grants/lena?prefix=trial/ends/";
  const expires_at = new Date(Date.now() + 20 * 3600_000).toISOString();
  const kept = async () => {
    const { permissions, expires_at: end } = await asRoot("GET", path);
    return [permissions, end == null ? null : Date.parse(end)];
  };
  await asRoot("PUT", path, { permissions: ["write", "delete"], expires_at, reason: "for one day" });
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/try?user=lena&action=s3:GetObject&bucket=demo&key=trial/ends/x.txt");
  await signInAsRoot(page);
  await page.getByRole("button", { name: "Grant it…" }).click();
  const dialog = page.getByRole("dialog");
  const submit = dialog.getByRole("button", { name: "Grant", exact: true });
  const until = async (label) => {
    await dialog.getByRole("button", { name: /Until$/ }).click();
    await page.getByRole("option", { name: label }).click();
  };
  await dialog.getByText("user lena gains read").waitFor();
  await until("No end");
  await dialog.getByText("their write, delete there would last without an end, too").waitFor();
  assert.equal(await submit.isDisabled(), true);
  await inspect(page, "try-grant-end");
  await until("as their grant there");
  await dialog.getByText("It ends").waitFor();
  await submit.click();
  await page.getByText("Allowed", { exact: true }).waitFor();
  assert.deepEqual(await kept(), [["read", "write", "delete"], Date.parse(expires_at)]);

  await asRoot("PUT", path, { permissions: ["write"] });
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByRole("button", { name: "Grant it…" }).click();
  await dialog.getByText("user lena gains read").waitFor();
  await until("1 day");
  await dialog.getByText("their write there would end earlier, too").waitFor();
  assert.equal(await submit.isDisabled(), true);
  await dialog.getByRole("link", { name: "change the grant on the Access page" }).click();
  await page.getByRole("treegrid").waitFor();
  await asRoot("DELETE", path);
  await visiting.end();
});

test("by the keyboard alone, a user asks about themselves and is told whom to ask", async () => {
  const visiting = await visit();
  const { page } = visiting;
  const { keyboard } = page;
  await open(page);
  await page.getByRole("button", { name: "Continue as bob" }).focus();
  await keyboard.press("Enter");
  await page.getByRole("link", { name: "demo", exact: true }).waitFor();
  await happenAt(page, 0);
  await keyboard.press("?");
  await page.getByRole("dialog").getByText("Go to Try").waitFor();
  await inspect(page, "shortcuts");
  await keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await keyboard.press("g");
  await keyboard.press("u");
  await keyboard.press("g");
  await keyboard.press("t");
  await page.getByRole("heading", { name: "Try" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Audit" }).count(), 0, "who may not read it sees no link");
  await page.getByText("Only an API key of the application asks about others.").waitFor();
  await page.getByLabel("Action", { exact: true }).focus();
  await keyboard.type("wri");
  await page.getByRole("option", { name: "write", exact: true }).waitFor();
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await keyboard.press("Tab");
  await keyboard.type("demo");
  await keyboard.press("Tab");
  await keyboard.type("g?t/");
  await keyboard.press("Enter");
  await page.getByText("Refused", { exact: true }).waitFor();
  await page.getByText(`bob (${stack.users.bob}) asks for write on demo/g?t/`).waitFor();
  assert.equal(await page.getByRole("button", { name: "Grant it…" }).count(), 0);
  await inspect(page, "try-user");
  await page.getByRole("tab", { name: "Link" }).focus();
  await keyboard.press("ArrowRight");
  await page.getByRole("tabpanel", { name: "curl" }).getByText("$SAIL_CARGO_TOKEN").waitFor();
  await visiting.end();
});

test("a user who administers a folder grants what is missing in it", async () => {
  await asRoot("PUT", `/v1/buckets/demo/grants/${stack.users.carl}?prefix=trial/own/`, { permissions: ["admin"] });
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/try?action=s3:DeleteObject&bucket=demo&key=trial/own/x.txt");
  await signInAs(page, "carl");
  await page.getByText(`grant to user carl (${stack.users.carl}) on demo/trial/own/: admin`).waitFor();
  await page.getByTitle(`grant to user ${stack.users.carl} on demo/trial/own/: admin`).waitFor();
  await page.getByRole("button", { name: "Grant it…" }).click();
  await page.getByRole("heading", { name: `Grant to carl (${stack.users.carl})` }).waitFor();
  await page.getByRole("dialog").getByText(`user carl (${stack.users.carl}) gains delete`).waitFor();
  await page.getByRole("button", { name: "Grant", exact: true }).click();
  await page.getByText("Allowed", { exact: true }).waitFor();
  await asRoot("PATCH", "/v1/buckets/demo/grants?force=true", {
    changes: [{ kind: "user", subject: stack.users.carl, prefix: "trial/own/" }],
  });
  await visiting.end();
});

test("an account is chosen by its username and asked about by its id", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/try?action=read&bucket=demo");
  await signInAsRoot(page);
  await page.getByLabel("Who", { exact: true }).fill("bob");
  await page.getByRole("option", { name: `bob (${stack.users.bob})` }).click();
  const asked = page.waitForRequest((request) => request.url().endsWith("/v1/check") && request.postDataJSON().user !== undefined);
  await page.getByRole("button", { name: "Ask" }).click();
  assert.equal((await asked).postDataJSON().user, stack.users.bob);
  await page.getByText("Allowed", { exact: true }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("user"), stack.users.bob);
  await reads(page.getByLabel("Who", { exact: true }), `bob (${stack.users.bob})`);
  await visiting.end();
});

test("secrets are not put into the address", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/try?action=read&bucket=demo&headers=authorization%3A%20x");
  await signInAs(page, "bob");
  await page.getByText("This holds a secret").waitFor();
  await page.getByLabel("Headers of the request").fill("");
  await page.getByLabel("Key or folder/").fill("cgok_live_x");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByLabel("Key or folder/").and(page.locator('[aria-invalid="true"]')).waitFor();
  await page.getByText("This holds a secret").waitFor();
  assert.doesNotMatch(page.url(), /cgok/);
  await visiting.end();
});

test("a decision, light and dark, narrow and wide", async () => {
  const visiting = await visit(NARROW);
  const { page } = visiting;
  await open(page, "/console/try?user=nina&action=s3:CopyObject&bucket=demo&key=a/b/copy.txt&source=demo/hi.txt");
  await signInAsRoot(page);
  await page.getByText("Refused", { exact: true }).waitFor();
  await inspectLooks(page, "try");
  await page.getByRole("button", { name: "Grant it…" }).first().click();
  await page.getByRole("dialog").getByText("gains").waitFor();
  await inspectLooks(page, "try-grant");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await inspectLooks(page, "shortcuts");
  await visiting.end();
});
