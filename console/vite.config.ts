import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The server fills in the nonce of the styles, and serves everything below /console/.
export default defineConfig({
  base: "/console/",
  plugins: [react()],
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  test: { include: ["src/**/*.test.ts"] },
});
