// Every page, light and dark, wide and narrow.
import { test } from "node:test";

import { inspect } from "../browser.mjs";
import { open, row, signInAs, stack, visit } from "../world.mjs";

for (const [scheme, width] of [
  ["dark", 1200],
  ["light", 390],
  ["dark", 390],
]) {
  test(`every page in ${scheme} at ${width} pixels`, async () => {
    const visiting = await visit({ scheme, width });
    const { page } = visiting;
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
    await visiting.end();
  });
}
