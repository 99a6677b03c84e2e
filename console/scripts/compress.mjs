// Makes the compressed forms of the built files, which the server sends as they are.
import { readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url);
/** The first load: what index.html names. More than this is too slow on a slow line. */
const MOST = 200 * 1024;

const assets = new URL("assets/", DIST);
const sizes = new Map();
for (const name of readdirSync(assets)) {
  const file = new URL(name, assets);
  if (!/\.(js|css|svg)$/.test(name) || !statSync(file).isFile()) continue;
  const bytes = readFileSync(file);
  const brotli = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  writeFileSync(new URL(`${name}.br`, assets), brotli);
  writeFileSync(new URL(`${name}.gz`, assets), gzipSync(bytes, { level: 9 }));
  sizes.set(name, brotli.length);
}
const index = readFileSync(new URL("index.html", DIST), "utf8");
const first = [...index.matchAll(/\/console\/assets\/([^"]+)"/g)].map((found) => found[1]);
const total = first.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
console.log(`first load: ${(total / 1024).toFixed(1)} KB in Brotli (at most ${MOST / 1024})`);
if (total > MOST) process.exit(1);

// A release build has the files in it, and is compiled anew when the source that names them is newer.
const source = new URL("../../server/src/console/embedded.rs", import.meta.url);
try {
  utimesSync(source, new Date(), new Date());
} catch {
  // Without the server's sources there is nothing to compile.
}
