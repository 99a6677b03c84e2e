// Signing in, staying signed in, and signing out.
import assert from "node:assert/strict";
import { test } from "node:test";

import { inspect } from "../browser.mjs";
import { hold, open, row, signedIn, signInAs, stack, visit } from "../world.mjs";

test("an account is invited, signs in, stays signed in over a reload, and signs out", async () => {
  const visiting = await visit({ expected: [401] });
  const { page } = visiting;
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
  await page.getByLabel("Repeat the password").fill(password);
  await page.getByRole("button", { name: "Set password" }).click();
  await page.getByText("Your password is set").waitFor();
  await page.getByLabel("Password").fill("not the password at all");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await inspect(page, "sign-in-refused");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await signedIn(page, "Dora Maar");
  await page.reload();
  await signedIn(page, "Dora Maar");
  const stored = await page.evaluate(() => JSON.stringify({ ...window.localStorage, ...window.sessionStorage }));
  assert.doesNotMatch(stored, /eyJ|cgrt_/, "no token is in the storage of the page");
  assert.equal(await page.evaluate(() => document.cookie), "", "scripts see no cookie");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();

  await page.getByLabel("Name or e-mail address").fill("dora");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await signedIn(page, "Dora Maar");
  await page.evaluate(() => window.localStorage.setItem("cargo.signed-in", "somebody else"));
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await visiting.end();
});

test("who signs out in one tab is signed out in all, and no tab is told a token", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/b/demo/");
  await signInAs(page, "ada");
  await row(page, "hi.txt").waitFor();
  const other = await page.context().newPage();
  await open(other);
  await signedIn(other, "ada");
  const third = await page.context().newPage();
  await open(third);
  await third.getByRole("button", { name: "Sign out" }).waitFor();
  await third.evaluate(() => {
    window.heard = [];
    new window.BroadcastChannel("cargo.signed-out").onmessage = ({ data }) => window.heard.push(data);
  });
  await other.getByRole("button", { name: "Sign out" }).click();
  for (const one of [other, page, third]) await one.getByRole("button", { name: "Continue as ada" }).waitFor();
  await third.waitForFunction(() => window.heard.length > 0);
  const heard = await third.evaluate(() => window.heard);
  assert.equal(heard.length, 1);
  assert.doesNotMatch(heard[0], /eyJ|cgrt_/);
  await other.getByRole("button", { name: "Continue as ada" }).click();
  await signedIn(other, "ada");
  await visiting.end();
});

/** Has a page wait for as long as the test says, where it would give up by the clock. */
async function waitWithoutClock(page) {
  await page.addInitScript(() => {
    window.AbortSignal.timeout = () => {
      const giving = new window.AbortController();
      window.giveUp = () => giving.abort(new window.DOMException("it takes too long", "TimeoutError"));
      return giving.signal;
    };
  });
  return () => page.evaluate(() => window.giveUp());
}

test("nothing can be pressed before the page knows where it stands", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await waitWithoutClock(page);
  const tellMethods = await hold(page, "**/auth/methods");
  const asked = page.waitForRequest("**/auth/methods");
  await open(page);
  await asked;
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(await page.getByRole("button").count(), 0);
  tellMethods();
  const demo = page.getByRole("button", { name: "Continue as ada" });
  await demo.waitFor();
  const place = await demo.boundingBox();
  assert.ok(await page.getByRole("button", { name: "Key or token" }).isVisible());
  await page.waitForLoadState("networkidle");
  assert.deepEqual(await demo.boundingBox(), place);
  await visiting.end();
});

test("a server that does not say how one signs in is not waited for, and asking again takes nothing from who types", async () => {
  const visiting = await visit();
  const { page } = visiting;
  const giveUp = await waitWithoutClock(page);
  const tellMethods = await hold(page, "**/auth/methods");
  const asked = page.waitForRequest("**/auth/methods");
  await open(page);
  await asked;
  await giveUp();
  await page.getByRole("alert").getByText("No answer").waitFor();
  await page.getByRole("button", { name: "Continue as ada" }).waitFor();
  await page.getByLabel("Name or e-mail address").fill("ada");
  tellMethods();
  const answered = page.waitForResponse("**/auth/methods");
  await page.getByRole("button", { name: "Retry" }).click();
  await answered;
  await page.getByRole("alert").waitFor({ state: "detached" });
  assert.equal(await page.getByLabel("Name or e-mail address").inputValue(), "ada");
  await page.getByRole("button", { name: "Key or token" }).click();
  await page.getByLabel("API key or token").waitFor();
  await visiting.end();
});

test("an API key opens every bucket", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page);
  await page.getByRole("button", { name: "Key or token" }).click();
  await page.getByLabel("API key or token").fill(stack.rootKey);
  await page.getByRole("button", { name: "Sign in" }).click();
  await signedIn(page, "the application");
  await page.getByRole("link", { name: "tour", exact: true }).waitFor();
  await visiting.end();
});

test("an API key is told of its scopes where it may not go, not of a user id", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await page.route("**/v1/whoami", async (route) => {
    const answer = await route.fetch();
    return route.fulfill({ json: { ...(await answer.json()), scopes: ["sign"] } });
  });
  await open(page, "/console/audit");
  await page.getByRole("button", { name: "Key or token" }).click();
  await page.getByLabel("API key or token").fill(stack.rootKey);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Your API key lacks the scope").waitFor();
  await visiting.end();
});

test("whose token has ended signs in, and goes on where they were", async () => {
  const visiting = await visit({ expected: [401] });
  const { page } = visiting;
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
  await visiting.end();
});
