import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/*.ts"],
  format: ["esm"],
  target: "es2024",
  platform: "neutral",
  external: ["cloudflare:workers"],
  splitting: true,
  clean: true,
});
