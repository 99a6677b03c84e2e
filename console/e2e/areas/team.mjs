// A team with homes on SeaweedFS: an account's files, and what goes wrong around them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { inspect, launch, visitor } from "../browser.mjs";
import { startTeam } from "../team.mjs";
import { file, row, uploadFiles } from "../world.mjs";

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

  test("a storage that does not answer is named, and what waits goes on when it does", async () => {
    const visiting = await visit({ expected: [502, 503, 504] });
    const { page } = visiting;
    await signIn(page);
    await page.getByRole("link", { name: "Your home" }).waitFor();
    await team.stopStorage();
    try {
      await openHome(page);
      await page.getByRole("alert").waitFor();
      await inspect(page, "storage-down");
    } finally {
      await team.startStorage();
    }
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
