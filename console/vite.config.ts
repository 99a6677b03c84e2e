import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The server fills in the nonce of the styles, and serves everything below /console/.
export default defineConfig({
  base: "/console/",
  plugins: [react()],
  // A list of files tells whoever runs ./dev nothing.
  logLevel: "warn",
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    // scripts/compress.mjs bounds the first load.
    chunkSizeWarningLimit: 700,
  },
  test: { include: ["src/**/*.test.ts"] },
});
