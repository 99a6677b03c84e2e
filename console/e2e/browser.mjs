// A browser, and what is watched in it: errors, refused loads, foreign origins, accessibility.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SHOTS = new URL("./shots/", import.meta.url);
mkdirSync(SHOTS, { recursive: true });
/** The pictures of README, which `UPDATE_PICTURES=1` makes anew. */
const PICTURES = { files: "console-files.png", "files-dark-1200": "console-dark.png" };

/** Debian's Chromium. As root it has no sandbox of its own. */
export function launch() {
  const executablePath = process.env.TEST_CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
}

const sizeOf = (width) => ({ width, height: width < 500 ? 844 : 800 });

/** A page of a new visitor. `expected` are the statuses of answers, or texts, that the test provokes. */
export async function visitor(browser, stack, { scheme = "light", width = 1200, expected = [] } = {}) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: sizeOf(width), locale: "en-GB" });
  const page = await context.newPage();
  // `TEST_SLOW=5` is a machine that is five times slower.
  if (process.env.TEST_SLOW) {
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: Number(process.env.TEST_SLOW) });
  }
  // Passwords are hashed with a low priority: on a busy machine that takes a while.
  page.setDefaultTimeout(60_000);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    const text = message.text();
    if (expected.some((one) => text.includes(typeof one === "number" ? `status of ${one} ` : one))) return;
    wrong.push(`console: ${text}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (["blob:", "data:"].includes(url.protocol)) return;
    if (!stack.origins.includes(url.origin)) wrong.push(`foreign: ${request.url()}`);
    if (url.pathname.startsWith("/v1/") && (request.postDataBuffer()?.length ?? 0) > 4096) {
      wrong.push(`bytes through the API: ${url.pathname}`);
    }
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  const close = async () => {
    // Requests that a test still holds are nobody's.
    if (!page.isClosed()) await page.unrouteAll({ behavior: "ignoreErrors" });
    await context.close();
  };
  return {
    page,
    /** What the page shows, and what went wrong in it. */
    async tell() {
      const shown = await page.locator("body").ariaSnapshot({ timeout: 5_000 }).catch((error) => error.message);
      return [`the page at its end: ${page.url()}`, ...wrong, shown].join("\n");
    },
    /** Demands that nothing went wrong, and ends the visit. */
    async end() {
      // What the page said until now is heard by then. What it is told while it closes is not its fault.
      if (!page.isClosed()) await page.evaluate(() => null);
      const found = [...wrong];
      await close();
      assert.deepEqual(found, []);
    },
    close,
  };
}

/** Demands that a page is accessible, and as wide as the window. Keeps a picture of it. */
export async function inspect(page, name) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null))).then(() => null));
  await page.screenshot({ path: new URL(`${name}.png`, SHOTS).pathname });
  if (process.env.UPDATE_PICTURES && PICTURES[name]) {
    await page.screenshot({ path: new URL(`../../docs/images/${PICTURES[name]}`, import.meta.url).pathname });
  }
  await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }),
  );
  const violations = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`);
  assert.deepEqual(violations, [], `${name}: accessibility`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `${name}: ${wide} pixels wider than the window`);
}

/** How a page looks at first in a visit that looks at it in all ways. */
export const NARROW = { scheme: "light", width: 390 };
/** In which ways: light and wide is how most tests look at it. */
const LOOKS = [NARROW, { scheme: "dark", width: 390 }, { scheme: "dark", width: 1200 }];

/** Inspects a page of a visit that is `NARROW`, light and dark, narrow and wide. `also` is done in each of these ways. */
export async function inspectLooks(page, name, also = () => null) {
  // What comes under the pointer as the window changes would show its tooltip.
  await page.mouse.move(0, 0);
  for (const one of LOOKS) {
    await look(page, one);
    const so = `${one.scheme}-${one.width}`;
    await inspect(page, `${name}-${so}`);
    await also(so);
  }
  await look(page, NARROW);
}

async function look(page, { scheme, width }) {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize(sizeOf(width));
}
