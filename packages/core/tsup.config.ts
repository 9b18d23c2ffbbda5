import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/*.ts", "src/providers/*.ts"],
  format: ["esm"],
  target: "es2024",
  platform: "neutral",
  splitting: true,
  clean: true,
});
