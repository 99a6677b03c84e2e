// Signing in at other auth services.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { inspect } from "../browser.mjs";
import { AUDIENCE, CLIENT, startProvider } from "../provider.mjs";
import { asOperator, asRoot, eventually, open, row, signedIn, stack, visit } from "../world.mjs";

let acme;
let sail;

/** Registers an auth service for the demo project, and waits until the server has its keys. */
async function register(alias, settings) {
  const issuer = { ...settings, audiences: [AUDIENCE], project: "demo" };
  await asOperator("PUT", `/v1/issuers/${alias}`, issuer);
  await eventually("the server has no keys", async () => {
    const { items } = await asOperator("GET", "/v1/issuers");
    return items.find((one) => one.alias === alias).keys > 0;
  });
}

const continueWith = (page, name) => page.getByRole("button", { name: `Continue with ${name}` }).click();

/** Demands that the address shows nothing of a sign-in, and that the page keeps no token. */
async function isTidy(page) {
  const { search, hash, pathname } = new URL(page.url());
  assert.doesNotMatch(search + hash + pathname, /token|code|state|eyJ/);
  const stored = await page.evaluate(() => JSON.stringify({ ...window.localStorage, ...window.sessionStorage }));
  assert.doesNotMatch(stored, /eyJ|verifier/);
}

describe("other auth services", () => {
  before(async () => {
    // The first token is renewed half-way.
    acme = await startProvider({ lives: 120, callback: "/console/callback/acme" });
    sail = await startProvider();
    await register("acme", { issuer: acme.url, client_id: CLIENT, display_name: "Acme" });
    await register("sail", { issuer: sail.url, sign_in_url: `${sail.url}/login`, display_name: "SAIL" });
    for (const user of ["acme:eve", "sail:eve"]) {
      await asRoot("PUT", `/v1/buckets/demo/grants/${user}`, { permissions: ["read"] });
    }
    stack.origins.push(acme.url, sail.url);
  });

  after(async () => {
    for (const [alias, provider] of [["acme", acme], ["sail", sail]]) {
      await asOperator("DELETE", `/v1/issuers/${alias}`);
      stack.origins.splice(stack.origins.indexOf(provider.url), 1);
      await provider.stop();
    }
  });

  test("an OpenID provider signs in by a code with PKCE, goes on where one was, renews, and asks again after a reload", async () => {
    const page_ = await fetch(`${stack.url}/console/`);
    const connects = /connect-src ([^;]+);/.exec(page_.headers.get("content-security-policy"))[1].split(" ");
    assert.deepEqual([connects.includes(acme.url), connects.includes(sail.url)], [true, false]);

    const visiting = await visit();
    const { page } = visiting;
    await page.clock.install();
    await open(page, "/console/b/demo/");
    await page.getByRole("button", { name: "Continue with Acme" }).waitFor();
    await inspect(page, "sign-in-issuers");
    await continueWith(page, "Acme");
    await row(page, "hi.txt").waitFor();
    await signedIn(page, "Eve Adams");
    assert.equal(new URL(page.url()).pathname, "/console/b/demo/");
    await isTidy(page);
    assert.equal(acme.refreshed, 0);
    await page.clock.fastForward(60_000);
    await eventually("it is not renewed", () => acme.refreshed === 1);
    await page.reload();
    await continueWith(page, "Acme");
    await signedIn(page, "Eve Adams");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Continue with Acme" }).waitFor();
    await eventually("it is not revoked", () => acme.revoked === 1);
    await visiting.end();
  });

  test("an answer that belongs to another sign-in is refused, and what a provider refuses is told", async () => {
    const visiting = await visit();
    const { page } = visiting;
    const tells = async (words) => {
      await page.getByRole("alert").filter({ hasText: words }).waitFor();
      await page.getByRole("button", { name: "Continue with Acme" }).waitFor();
      await isTidy(page);
    };
    await page.goto(`${stack.url}/console/callback/acme?code=planted&state=planted`);
    await tells("belongs to no sign-in that was begun in this tab");
    await open(page);
    for (const [how, words] of [
      ["state", "belongs to no sign-in that was begun in this tab"],
      ["nonce", "belongs to another sign-in"],
      ["refuse", "Ask your manager."],
    ]) {
      acme.next = how;
      await continueWith(page, "Acme");
      await tells(words);
    }
    await inspect(page, "sign-in-refused-elsewhere");
    await continueWith(page, "Acme");
    await signedIn(page, "Eve Adams");
    await visiting.end();
  });

  test("an auth service that hands its users on to another gets neither a code nor a token of it", async (t) => {
    const evil = await startProvider({ isNamed: false });
    stack.origins.push(evil.url);
    // A provider that is left behind keeps the run from ending.
    t.after(async () => {
      await evil.stop();
      stack.origins.splice(stack.origins.indexOf(evil.url), 1);
      await asOperator("DELETE", "/v1/issuers/evil");
    });
    await register("evil", { issuer: evil.url, client_id: CLIENT, display_name: "Evil" });
    const visiting = await visit();
    const { page } = visiting;
    await open(page);
    const asked = acme.codesAsked;
    // A provider that does not name itself where it leads back: the path alone tells it apart.
    acme.next = "unnamed";
    evil.next = { to: acme.url, callback: "/console/callback/acme" };
    const landed = page.waitForRequest((request) => new URL(request.url()).pathname === "/console/callback/acme");
    await continueWith(page, "Evil");
    assert.ok(new URL((await landed).url()).searchParams.has("code"), "Acme gave a code");
    await page.getByRole("alert").filter({ hasText: "You wanted to sign in with Evil, and another auth service answered." }).waitFor();
    await isTidy(page);
    assert.deepEqual([acme.codesAsked - asked, evil.codesAsked], [0, 0], "nobody is shown the code");
    await visiting.end();
  });

  test("a page that leads back with a token signs in, and nobody else's token is taken", async () => {
    const visiting = await visit();
    const { page } = visiting;
    const login = await fetch(`${sail.url}/login?redirectUrl=${stack.url}/console/callback/sail/planted`, { redirect: "manual" });
    await page.goto(login.headers.get("location"));
    await page.getByRole("alert").filter({ hasText: "begun in this tab" }).waitFor();
    await isTidy(page);
    await continueWith(page, "SAIL");
    await signedIn(page, "sail:eve");
    await isTidy(page);
    await visiting.end();
  });
});
