// Builds ../data/html/report.html: the page with style and script in it, and their hashes in its policy.
//
// Nothing is minified, so that whoever is handed a report can read what it runs. With `--check`
// nothing is written, and a page that is out of date is a failure.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PAGE = here("../data/html/report.html");

async function bundled(entry) {
  const result = await build({
    entryPoints: [here(entry)],
    bundle: true,
    charset: "utf8",
    format: "iife",
    legalComments: "none",
    target: ["chrome110", "firefox115", "safari16.4"],
    write: false,
  });
  return `\n${result.outputFiles[0].text}`;
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const [style, script] = await Promise.all([bundled("src/style/page.css"), bundled("src/main.ts")]);
if (/<\/(script|style)|<!--|@@|\{\{/i.test(style + script)) throw new Error("style or script would end or change the page");
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");
const parts = { policy, style, script };
const page = readFileSync(here("src/page.html"), "utf8").replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);

if (!process.argv.includes("--check")) writeFileSync(PAGE, page);
else if (readFileSync(PAGE, "utf8") !== page) {
  console.error("data/html/report.html is not what the sources in web/ build: run `cargo xtask page`");
  process.exit(1);
}
