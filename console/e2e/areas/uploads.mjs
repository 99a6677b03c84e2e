// Files on their way: whole folders, what is pasted.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

import { inspect } from "../browser.mjs";
import { open, row, signInAs, visit } from "../world.mjs";

test("a folder is uploaded, and what is pasted, to a path", async () => {
  const visiting = await visit();
  const { page } = visiting;
  // Choosers are caught as long as somebody listens: to begin at a key press would be too late.
  page.on("filechooser", () => undefined);
  const folder = mkdtempSync(path.join(tmpdir(), "sail-cargo-folder-"));
  mkdirSync(path.join(folder, "trip/day 1"), { recursive: true });
  for (const name of ["trip/plan.txt", "trip/day 1/a.txt", "trip/day 1/empty.txt"]) {
    writeFileSync(path.join(folder, name), name.includes("empty") ? "" : name);
  }
  await open(page, "/console/b/demo/");
  await signInAs(page, "ada");
  await row(page, "hi.txt").waitFor();
  await page.getByRole("button", { name: "Upload a folder, or to a path…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Folder" }).fill("travel/2026");
  const chooser = page.waitForEvent("filechooser");
  await dialog.getByRole("button", { name: "Choose a folder" }).click();
  await (await chooser).setFiles(path.join(folder, "trip"));
  await dialog.getByText("trip/day 1/empty.txt").first().waitFor();
  await inspect(page, "upload-to");
  await dialog.getByRole("button", { name: "Upload 3 files" }).click();
  await page.getByText("3 of 3 uploaded").waitFor();
  await row(page, "trip/").getByText("trip/").click();
  await row(page, "plan.txt").waitFor();
  await row(page, "day 1/").getByText("day 1/").click();
  await row(page, "empty.txt").getByText("0 B").waitFor();

  await page.getByRole("heading", { name: "day 1" }).click();
  await page.evaluate(() => {
    const clipboardData = new window.DataTransfer();
    clipboardData.items.add(new window.File(["pasted"], "image.png", { type: "image/png" }));
    document.body.dispatchEvent(new window.ClipboardEvent("paste", { clipboardData, bubbles: true }));
  });
  await dialog.getByRole("textbox", { name: "Name" }).fill("whale.png");
  await dialog.getByRole("button", { name: "Upload", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  await row(page, "whale.png").waitFor();

  await page.getByRole("grid").focus();
  const again = page.waitForEvent("filechooser");
  await page.keyboard.press("u");
  await (await again).setFiles(path.join(folder, "trip/plan.txt"));
  await row(page, "plan.txt").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("whale/u");
  assert.equal(await page.getByRole("textbox", { name: "Filter loaded rows" }).inputValue(), "whale/u");
  rmSync(folder, { recursive: true });
  await visiting.end();
});
