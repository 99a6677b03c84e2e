// Checks the licences of what is shipped: everything but development dependencies.
import { readFileSync } from "node:fs";

const PERMISSIVE = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "CC0-1.0", "Unlicense"]);

const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
const wrong = [];
let count = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === "" || entry.dev || entry.devOptional) continue;
  count += 1;
  const words = String(entry.license ?? "none").replace(/[()]/g, "").split(" OR ");
  if (!words.some((word) => PERMISSIVE.has(word))) wrong.push(`${path}: ${entry.license ?? "no licence"}`);
  if (entry.resolved) wrong.push(`${path}: the lock file names a registry`);
}
if (count === 0) wrong.push("the lock file names no packages");
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
console.log(`${count} packages are shipped, all under permissive licences`);
