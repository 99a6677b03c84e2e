// What the tests share: one server, one browser, and the steps that many of them take.
import { Buffer } from "node:buffer";
import { after, afterEach, before } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { launch, visitor } from "./browser.mjs";
import { start } from "./stack.mjs";

/** The server of all tests. There is none before they begin. */
export let stack;
let browser;
before(async () => {
  stack = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const visiting = new Set();
/** A page of a new visitor: `{ page, end }` of `browser.mjs`. */
export async function visit(options) {
  const one = await visitor(browser, stack, options);
  visiting.add(one);
  return {
    page: one.page,
    async end() {
      visiting.delete(one);
      await one.end();
    },
  };
}
// A test that fails leaves its pages open: what they show is the first thing that one wants to know.
afterEach(async () => {
  for (const one of visiting) {
    visiting.delete(one);
    console.log(await one.tell());
    await one.close();
  }
});

export async function open(page, path = "/console/") {
  await page.goto(stack.url + path);
}

/** Keeps back the answers of an address until the function that this answers is called. */
export async function hold(page, url) {
  let letGo;
  const held = new Promise((tell) => {
    letGo = tell;
  });
  await page.route(url, async (route) => {
    await held;
    await route.continue();
  });
  return letGo;
}

export async function signInAs(page, user) {
  await page.getByRole("button", { name: `Continue as ${user}` }).click();
}

/** Waits until the bar says who is signed in. Pages name users, too. */
export const signedIn = (page, name) => page.getByRole("banner").getByText(name, { exact: true }).waitFor();

/** Signs in with the API key of the application. */
export async function signInAsRoot(page) {
  await page.getByRole("button", { name: "Key or token" }).click();
  await page.getByLabel("API key or token").fill(stack.rootKey);
  await page.getByRole("button", { name: "Sign in" }).click();
  await signedIn(page, "the application");
}

/** Asks the API as the application. Answers `null` where there is nothing to answer. */
export const asRoot = (method, path, body) => ask(stack.rootKey, method, path, body);

/** Asks the API as an operator. */
export const asOperator = (method, path, body) => ask(stack.operatorKey, method, path, body);

async function ask(key, method, path, body) {
  const headers = { "x-api-key": key, "content-type": "application/json" };
  const answer = await fetch(stack.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/** A file as a chooser takes it. */
export const file = (name, text, mimeType = "text/plain") => ({ name, mimeType, buffer: Buffer.from(text) });

export async function uploadFiles(page, files) {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await (await chooser).setFiles(files);
}

/** Uploads files, and waits until the list has all of them. */
export async function bring(page, files) {
  await uploadFiles(page, files);
  for (const { name } of files) await row(page, name).waitFor();
}

export const row = (page, name) => page.getByRole("row").filter({ hasText: name });

/**
 * Points at a control until its tooltip says `text`: a page that still loads takes the control away from under the pointer.
 * Waits until the tooltip is gone: the next Escape would be for it.
 */
export async function hint(page, control, text) {
  const tip = page.getByRole("tooltip").getByText(text);
  for (let tries = 10; ; tries -= 1) {
    await page.mouse.move(0, 0);
    await control.hover();
    try {
      await tip.waitFor({ timeout: 6_000 });
      await page.mouse.move(0, 0);
      return await tip.waitFor({ state: "detached" });
    } catch (error) {
      if (tries === 0 || error.name !== "TimeoutError") throw error;
    }
  }
}

/** Waits until a control cannot be used, and says `why`. */
export async function unable(page, control, why) {
  await control.and(page.locator('[aria-disabled="true"]')).waitFor();
  await hint(page, control, why);
}

/** Waits until something holds. */
export async function eventually(what, holds) {
  for (const end = Date.now() + 60_000; !(await holds()); await pause(50)) {
    if (Date.now() > end) throw new Error(what);
  }
}

/** Waits until a field has a value. */
export async function reads(field, value) {
  await eventually(`a field does not read "${value}"`, async () => (await field.inputValue()) === value);
}

/**
 * Says when all events of a page happen from now on, in milliseconds: whether two presses are a double click, and two keys a
 * chord, is not up to the machine.
 */
export async function happenAt(page, time) {
  await page.evaluate((at) => {
    Object.defineProperty(window.Event.prototype, "timeStamp", { configurable: true, get: () => at });
  }, time);
}

/** Presses once more where the pointer is: the second press of a double click. */
export async function pressAgain(page) {
  await page.mouse.down({ clickCount: 2 });
  await page.mouse.up({ clickCount: 2 });
}
