// A team with homes on SeaweedFS: an account's files, and what goes wrong around them.
import assert from "node:assert/strict";
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { inspect, launch, visitor } from "../browser.mjs";
import { hold, largeFile, partOf, SIZES, sumOf } from "../large.mjs";
import { startTeam } from "../team.mjs";
import { eventually, file, row, uploadFiles } from "../world.mjs";

const PASSWORD = "seven pears and a lamp";
let team;
let browser;
const visit = (options) => visitor(browser, team, options);

/** Makes an account, and sets its password. */
async function member(username) {
  const link = await team.operate("accounts", "create", username, "--group", "editors");
  const body = JSON.stringify({ token: link.split("/").at(-1), password: PASSWORD });
  const init = { method: "POST", headers: { "content-type": "application/json" }, body };
  const answer = await fetch(`${team.url}/auth/invitations`, init);
  assert.ok(answer.ok, `the invitation: ${answer.status}`);
}

async function signIn(page, at = team.url) {
  await page.goto(`${at}/console/`);
  await page.getByLabel("Name or e-mail address").fill("ada");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("until").waitFor();
}
/** Signs in without a browser. */
async function tokenOf(username) {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ username, password: PASSWORD }) };
  return (await (await fetch(`${team.url}/auth/login`, init)).json()).access_token;
}
/** The storage of somebody's home at the gateway, without a browser. */
async function homeOf(username) {
  const headers = { authorization: `Bearer ${await tokenOf(username)}` };
  const { home } = await (await fetch(`${team.url}/v1/whoami`, { headers })).json();
  const bucket = `${team.origins[1]}/${home.bucket}`;
  return {
    list: () => fetch(`${bucket}?prefix=${encodeURIComponent(home.prefix)}`, { headers: { ...headers, accept: "application/json" } }),
    get: (name) => fetch(`${bucket}/${home.prefix}${name}`, { headers }),
  };
}
const openHome = (page) => page.getByRole("link", { name: "Your home" }).click();

describe("a team on SeaweedFS", () => {
  before(async () => {
    team = await startTeam();
    browser = await launch();
    await member("ada");
  });
  after(async () => {
    await browser?.close();
    await team?.stop();
  });

  test("a member keeps files in their home, on a storage that verifies signatures", async () => {
    const visiting = await visit();
    const { page } = visiting;
    await signIn(page);
    await inspect(page, "home");
    await openHome(page);
    await page.getByRole("heading", { name: "Your home" }).waitFor();
    await uploadFiles(page, [file("plan.txt", "the plan"), file("empty.bin", "", "application/octet-stream")]);
    await page.getByText("2 of 2 uploaded").waitFor();
    await page.reload();
    await row(page, "plan.txt").getByText("plan.txt").click();
    await page.getByText("the plan").waitFor();
    await visiting.end();
  });

  for (const mib of SIZES) {
    test(`${mib} MiB are paused, go on after a reload, and outlive the server`, async (context) => {
      const folder = mkdtempSync(path.join(tmpdir(), "sail-cargo-large-"));
      context.after(() => rmSync(folder, { recursive: true }));
      const stem = `large-${mib}`;
      const name = `${stem}.bin`;
      const file = largeFile(folder, name, mib);
      const expected = [503, "unsafe header", "ERR_CONNECTION", "ERR_FAILED", "ERR_EMPTY_RESPONSE"];
      const visiting = await visit({ expected });
      const { page } = visiting;
      const sent = [];
      page.on("requestfinished", (request) => {
        if (partOf(request) !== null) sent.push(partOf(request));
      });
      await signIn(page);
      await openHome(page);
      await row(page, "plan.txt").waitFor();

      const second = await hold(page, 2);
      await uploadFiles(page, [file]);
      await second.isHeld;
      await inspect(page, "upload-parts");
      await page.getByRole("button", { name: `Pause ${name}` }).click();
      await page.getByText("Paused").waitFor();
      await second.letGo("abort");
      const third = await hold(page, 3);
      await page.getByRole("button", { name: `Go on with ${name}` }).click();
      await third.isHeld;
      await page.getByRole("button", { name: `Pause ${name}` }).click();
      await page.getByText("Paused").waitFor();
      await page.reload();
      await page.getByText("Interrupted").waitFor();
      await third.letGo("abort");
      await inspect(page, "upload-interrupted");

      const chooser = page.waitForEvent("filechooser");
      const last = await hold(page, mib / 8);
      await page.getByRole("button", { name: `Choose ${name} again` }).click();
      await (await chooser).setFiles(file);
      await last.isHeld;
      await team.killServer();
      await last.letGo("abort");
      await page.getByText("No answer, it is tried again").waitFor();
      await team.startServer();
      await page.getByText("1 of 1 uploaded").waitFor();
      await row(page, name).waitFor();
      // A part whose answer the reload broke off is there, too: it is not sent again.
      assert.equal(new Set(sent).size, sent.length, `no part is sent twice: ${sent.join()}`);
      const answer = await (await homeOf("ada")).get(name);
      assert.equal(await sumOf(answer.body), await sumOf(createReadStream(file)));

      const again = await hold(page, 1);
      await uploadFiles(page, [file]);
      await page.getByRole("button", { name: "Keep both" }).click();
      await again.isHeld;
      const aborted = page.waitForResponse((response) => response.request().method() === "DELETE");
      await page.getByRole("button", { name: `Cancel ${stem} (2).bin` }).click();
      assert.equal((await aborted).status(), 204, "nothing is left behind");
      await page.getByText("Cancelled").waitFor();
      await again.letGo("abort");
      await page.reload();
      await row(page, name).waitFor();
      assert.equal(await page.getByRole("complementary", { name: "Uploads" }).count(), 0);
      assert.deepEqual(await page.evaluate(() => Object.keys(window.localStorage).filter((key) => key.startsWith("cargo.uploads."))), []);
      await visiting.end();
    });
  }

  test("a storage that does not answer is named, and what waits goes on when it does", async () => {
    const visiting = await visit({ expected: [502, 503, 504] });
    const { page } = visiting;
    await signIn(page);
    await page.getByRole("link", { name: "Your home" }).waitFor();
    const home = await homeOf("ada");
    await team.stopStorage();
    try {
      await openHome(page);
      await page.getByRole("alert").waitFor();
      await inspect(page, "storage-down");
    } finally {
      await team.startStorage();
    }
    // A storage that answers may not know its files yet.
    await eventually("the storage does not list", async () => (await home.list()).ok);
    await page.getByRole("button", { name: "Retry" }).click();
    await row(page, "plan.txt").waitFor();
    await visiting.end();
  });

  test("a page whose origin the gateway does not know says what to change", async () => {
    const visiting = await visitor(browser, { ...team, origins: [...team.origins, team.otherUrl] }, { expected: [403, "CORS", "ERR_FAILED"] });
    const { page } = visiting;
    await signIn(page, team.otherUrl);
    await openHome(page);
    await page.getByRole("alert").getByText("cors_origins").waitFor();
    await inspect(page, "origin-not-allowed");
    await visiting.end();
  });

  test("a clock that is an hour wrong changes nothing", async () => {
    for (const minutes of [60, -60]) {
      const visiting = await visit();
      const { page } = visiting;
      await page.clock.install({ time: Date.now() + minutes * 60_000 });
      let renewals = 0;
      page.on("request", (request) => (renewals += request.url().endsWith("/auth/refresh") ? 1 : 0));
      await signIn(page);
      await openHome(page);
      await page.getByRole("checkbox", { name: "Select plan.txt" }).check();
      const arriving = page.waitForEvent("download");
      await page.getByRole("button", { name: "Download" }).click();
      assert.equal((await arriving).suggestedFilename(), "plan.txt");
      assert.equal(renewals, 0, "a sign-in of 15 minutes is not renewed at once");
      await visiting.end();
    }
  });

  test("a disabled account is out, and says so", async () => {
    const visiting = await visit({ expected: [401, 403] });
    const { page } = visiting;
    await signIn(page);
    await openHome(page);
    await row(page, "plan.txt").waitFor();
    await team.operate("accounts", "disable", "ada");
    await page.getByRole("button", { name: "Reload the list" }).click();
    await page.getByText("Your sign-in has ended").waitFor();
    await visiting.end();
  });
});
