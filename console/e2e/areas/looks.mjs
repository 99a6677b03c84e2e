// Every page, light and dark, wide and narrow.
import { test } from "node:test";

import { inspectLooks, NARROW } from "../browser.mjs";
import { open, row, signInAs, stack, visit } from "../world.mjs";

test("every page, light and dark, narrow and wide", async () => {
  const visiting = await visit(NARROW);
  const { page } = visiting;
  await open(page);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await inspectLooks(page, "sign-in");
  await signInAs(page, "ada");
  await page.getByRole("link", { name: "demo", exact: true }).waitFor();
  await inspectLooks(page, "buckets");
  await page.getByRole("link", { name: "demo", exact: true }).click();
  await row(page, "hi.txt").waitFor();
  await page.getByRole("checkbox", { name: "Select hi.txt" }).check();
  await inspectLooks(page, "files");
  await row(page, "hi.txt").getByText("hi.txt").click();
  await page.getByText("hello").waitFor();
  await inspectLooks(page, "preview");
  await page.keyboard.press("Escape");
  await page.goto(`${stack.url}/console/no/such/page`);
  await page.getByText("There is no such page").waitFor();
  await inspectLooks(page, "not-found");
  await visiting.end();
});
