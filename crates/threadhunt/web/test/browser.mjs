// What readers do with a report, in a real Chromium: `node browser.mjs CHROMIUM FOLDER`.
//
// The folder holds examples.html, hostile.html and others, which the program's test
// writes. Every page must load without a message on the console and without a request beyond its
// own file. It prints what was measured; bounds on times are generous, since machines differ.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { smallestContrast } from "./contrast.mjs";

const [, , executable, folder] = process.argv;
/** The aims are 2,000 ms and 200 ms; a busy machine may take this many times as long. */
const PATIENCE = 5;

const isRoot = process.getuid?.() === 0;
const browser = await chromium.launch({ executablePath: executable, args: isRoot ? ["--no-sandbox"] : [] });

/** Opens a report, lets somebody read it, and holds that it was quiet. */
async function reading(name, options, read) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const told = [];
  page.on("console", (message) => told.push(message.text()));
  page.on("pageerror", (error) => told.push(error.message));
  const file = pathToFileURL(`${folder}/${name}.html`).href;
  page.on("request", (request) => request.url().split("#")[0] === file || told.push(`request of ${request.url()}`));
  page.on("dialog", (dialog) => told.push(`dialog ${dialog.message()}`));
  await page.goto(file);
  if (options.javaScriptEnabled !== false) await page.waitForSelector("html[data-ready]", { state: "attached" });
  await read(page);
  assert.deepEqual(told, [], `${name} is not quiet`);
  await context.close();
}

const text = (page, selector) => page.locator(selector).first().innerText();
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);

/** Waits until what was typed or pressed is drawn; what unfolds is filled a moment later. */
const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

async function summaryAndFilter(page) {
  assert.match(await text(page, "h1"), /3 critical findings on 1 computer/);
  assert.equal(await text(page, "#result"), "24 findings");
  await page.keyboard.press("/");
  await page.keyboard.type("ONEDRIVE load-library");
  await drawn(page);
  assert.equal(await text(page, "#result"), "1 of 24 findings");
  assert.equal(await page.locator(".cards > .card").count(), 1);
  await page.fill("#filter-text", "nothing has this");
  await drawn(page);
  assert.match(await text(page, "#findings"), /No finding passes the filter/);
  await page.click("#clear");
  await page.fill("#filter-computer", "ws-ben");
  await drawn(page);
  assert.match(await text(page, "#result"), /^[1-9] of 24 findings$/);
  await page.click("#clear");
  await page.click(".switch.sev-critical");
  await drawn(page);
  assert.equal(await text(page, "#result"), "3 of 24 findings");
  assert.equal(await page.getAttribute(".switch.sev-low", "aria-pressed"), "false");
  await page.click("#clear");
  await drawn(page);
}

async function graph(page) {
  await page.click(".node:has-text('report_viewer.exe')");
  const panel = page.locator("#panel");
  assert.match(await panel.innerText(), /Injected into \(2 pairs\)/);
  await page.keyboard.press("Escape");
  assert.ok(await panel.isHidden());
  const edge = page.locator(".pill.hop").first();
  assert.match(await edge.getAttribute("aria-label"), /^critical: report_viewer.exe to explorer.exe, no-module/);
  await edge.focus();
  await page.keyboard.press("Enter");
  assert.match(page.url(), /#F-[0-9a-f]{16}$/);
  await cardIn(panel);
  await page.keyboard.press("Escape");
  assert.ok(await edge.evaluate((each) => each === document.activeElement), "focus comes back");
  const nodes = await page.locator(".node").count();
  await page.click(".node.fold");
  assert.ok((await page.locator(".node").count()) > nodes, "a fold unfolds");
  await page.click("#graph .rest button");
  assert.ok((await page.locator("figure").count()) > 1, "other groups are drawn");
  await nothingOverlaps(page);
}

/** Back and Forward go through what was opened, and closing leaves all of it behind. */
async function backAndForward(page) {
  const panel = page.locator("#panel");
  const before = page.url();
  await page.click(".node:has-text('report_viewer.exe')");
  assert.equal(page.url(), before);
  await panel.locator(".row").first().click();
  assert.match(page.url(), /#F-[0-9a-f]{16}$/);
  await page.goBack();
  assert.match(await panel.innerText(), /Injected into \(2 pairs\)/);
  await page.goBack();
  assert.ok(await panel.isHidden(), "Back closes what was opened");
  assert.equal(page.url(), before);
  await page.goForward();
  await page.goForward();
  assert.match(await panel.innerText(), /start in no module/);
  await panel.locator(".close").click();
  assert.ok(await panel.isHidden());
  await page.waitForURL(before);
  await page.goto(`${before.split("#")[0]}#F-976e`);
  assert.ok(await panel.isVisible(), "an address opens its finding");
  await page.keyboard.press("Escape");
  assert.ok(await panel.isHidden());
}

/** Names of lanes stay beside the lines, however long they are. */
async function namesFit(page) {
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll("#timeline g:has(> .lane-name)")].filter((lane) => {
      const name = lane.querySelector(".lane-name");
      const { x, width, y, height } = name.getBBox();
      const line = lane.querySelector(".lane-line");
      const isAbove = y + height <= Number(line.getAttribute("y1"));
      const end = isAbove ? name.ownerSVGElement.clientWidth : Number(line.getAttribute("x1"));
      return x < 0 || x + width > end;
    }).length,
  );
  assert.equal(wide, 0, "a computer's name does not fit beside its lane");
}

/** Boxes and labels of a drawing lie beside each other. */
async function nothingOverlaps(page) {
  const overlaps = await page.evaluate(() => {
    const found = [];
    for (const drawing of document.querySelectorAll(".drawing svg")) {
      const shapes = [...drawing.querySelectorAll(".node .shape:not(.under), .pill .shape")].map((each) => each.getBBox());
      shapes.forEach((a, at) => {
        for (const b of shapes.slice(at + 1)) {
          const isApart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
          if (!isApart) found.push([a, b].map(({ x, y }) => [x, y]));
        }
      });
    }
    return found;
  });
  assert.deepEqual(overlaps, [], "shapes of the graph overlap");
}

async function cardIn(panel) {
  assert.match(await panel.innerText(), /start in no module/);
  const bits = await panel.locator("tbody .bits").allInnerTexts();
  const sum = await panel.locator("tfoot .bits").innerText();
  const number = (each) => Number.parseFloat(each.replace("−", "-"));
  const added = bits.map(number).reduce((a, b) => a + b);
  assert.ok(bits.length > 3 && Math.abs(added - number(sum)) < 0.01, `${bits} do not add up to ${sum}`);
  assert.match(await panel.locator(".step-inferred").innerText(), /inferred/);
  await panel.locator("summary", { hasText: "Raw events" }).click();
  await panel.locator(".raw-event summary", { hasText: "Event 8" }).first().click();
  await drawn(panel.page());
  assert.match(await panel.innerText(), /0x000001F3A4520000/);
}

async function timelineByKeyboard(page) {
  await page.locator("#timeline .mark-at[tabindex='0']").first().focus();
  await page.keyboard.press("ArrowRight");
  assert.ok(await page.evaluate(() => document.activeElement.matches("#timeline .mark-at[tabindex='0']")));
  await page.keyboard.press("Enter");
  assert.ok(await page.locator("#panel").isVisible());
  await page.keyboard.press("Escape");
}

async function themes(page) {
  for (const theme of ["light", "dark"]) {
    assert.equal(await page.getAttribute("html", "data-theme"), theme);
    const { contrast, text } = await page.evaluate(smallestContrast);
    assert.ok(contrast >= 4.5 && contrast < 21, `${theme}: contrast of ${contrast.toFixed(2)}: ${text}`);
    await page.click("#theme");
  }
}

/** A page with what other options of the scan add, and with what this page does not know. */
function withMore() {
  const page = readFileSync(`${folder}/examples.html`, "utf8");
  const [before, rest] = page.split('id="objects">');
  const end = rest.indexOf("</script>");
  const objects = JSON.parse(rest.slice(0, end));
  Object.assign(objects[0], {
    hidden_by: [{ config: "sysmon.xml", line: 212, why: "excluded", rule: "loader", threads: 1 }],
    sigma: [{ title: "Uncommon Source", severity: "medium" }],
    new_key: { hosts: 40 },
  });
  objects[2].computer = "WWWWWWWW-WORKSTATION-OF-THE-MARKETING-DEPARTMENT-0001.subsidiary.corp.example";
  const coverage = objects.find((object) => object.kind === "coverage");
  coverage.tampered = { processes: 3, in_no_finding: 1, examples: [{ pid: 77, image: "C:\\hollow.exe" }] };
  objects[1].accepted = { entry: 1, line: 3, reason: "our support tool", owner: "anna", expires: "2026-12-31" };
  objects.push({ kind: "of-tomorrow" });
  objects.push({
    kind: "sigma", schema_version: 1, id: "S-1", severity: "high", title: "LoadLibrary from afar", computer: "WS-ANNA", count: 2,
    fields: [{ name: "StartModule", values: ["KERNEL32.DLL"] }], processes: [{ role: "source", pid: 6012, image: "C:\\x.exe" }],
  });
  const json = JSON.stringify(objects).replaceAll("<", "\\u003c");
  writeFileSync(`${folder}/more.html`, `${before}id="objects">${json}${rest.slice(end)}`);
}

async function more(page) {
  assert.match(await text(page, "h1"), /^2 critical findings/);
  assert.match(await text(page, ".lede"), /1 pair of them accepted/);
  assert.match(await text(page, ".lede"), /3 processes tampered with \(event 25\), 1 of them in no finding: hollow.exe \(77\)/);
  assert.match(await text(page, "#coverage"), /tampered with/);
  await namesFit(page);
  const first = page.locator(".cards > .card").first();
  assert.match(await first.innerText(), /sysmon.xml, line 212: excluded, loader \(1 thread\)/);
  assert.match(await first.innerText(), /medium: Uncommon Source/);
  await first.locator("summary", { hasText: "Everything known" }).click();
  await drawn(page);
  assert.match(await first.innerText(), /new key\s+\{ "hosts": 40 \}/);
  await page.fill("#filter-text", "accepted anna onedrive");
  await drawn(page);
  assert.equal(await text(page, "#result"), "1 of 24 findings");
  assert.match(await text(page, "#sigma"), /No finding of a Sigma rule/);
  await page.click("#clear");
  await drawn(page);
  await page.click("#sigma summary");
  await drawn(page);
  assert.match(await text(page, "#sigma"), /StartModule\s+KERNEL32.DLL/);
}

const SHOWN = [
  "<img src=x onerror=window.pwned=1>",
  "</script><script>window.pwned=1</script>",
  "\\u{1b}[2J",
  "\\u{202e}exe.txt",
  "@@objects@@",
  "<svg onload",
  "HOST\\u{2028}<i>",
];

async function hostile(page) {
  const open = () => document.querySelectorAll("details").forEach((each) => (each.open = true));
  // Some are made when others open.
  for (let round = 0; round < 3; round++) {
    await page.evaluate(open);
    await drawn(page);
  }
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  const strangers = page.locator("main img, main script, main [onload], main [href^='javascript'], main b, main i, iframe");
  assert.equal(await strangers.count(), 0, "values became elements");
  const all = await page.locator("main").innerText();
  for (const shown of SHOWN) assert.ok(all.includes(shown), `${shown} is not shown as text`);
  assert.doesNotMatch(all, /[\u0000-\u0008\u001b\u202e\u2028]/u, "characters that must not be shown");
  await page.locator(".pill").first().click();
  assert.ok(await fits(page), "a long path widens the page");
  await page.setViewportSize({ width: 400, height: 800 });
  assert.ok(await fits(page), "a long path widens a narrow page");
}

/** On paper the graph fits, folded processes are there, and nothing says to press. */
async function paper(page) {
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 700, height: 1000 });
  await drawn(page);
  const cut = () => [...document.querySelectorAll(".drawing svg")].filter((each) => each.getBoundingClientRect().right > innerWidth);
  assert.equal(await page.evaluate(() => document.querySelectorAll(".drawing svg").length > 0), true);
  assert.equal((await page.evaluate(`(${cut})().length`)), 0, "a graph is cut at the edge of the paper");
  for (const fold of await page.locator("g.node.fold").all()) assert.ok(await fold.isVisible(), "a folded process is not printed");
  assert.ok((await page.locator("g.node.fold").count()) > 0, "nothing is folded in this report");
  assert.doesNotMatch(await page.locator("#graph").innerText(), /press/);
}

/** A value of half a megabyte is cut, but for its raw record. */
async function long(page) {
  const all = await page.locator("main").innerText();
  assert.ok(all.length < 50_000, `${all.length} characters are shown`);
  await page.locator("summary", { hasText: "Raw events" }).first().click();
  await drawn(page);
  await page.locator(".raw-event summary").first().click();
  await drawn(page);
  const raw = await page.locator(".raw-event").first().evaluate((each) => each.textContent);
  assert.ok(raw.includes("x".repeat(500_000)), "the raw record is not whole");
  assert.ok(await fits(page), "a long value widens the page");
}

async function many(page) {
  assert.equal(await text(page, "#result"), "10,000 findings");
  await nothingOverlaps(page);
  const times = await page.evaluate(() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
    ready: performance.getEntriesByName("threadhunt-ready")[0].startTime,
  }));
  const filters = [];
  for (const words of ["p", "payload", "ws-1 explorer", "csrss", "nothing has this", ""]) {
    await page.fill("#filter-text", words);
    await drawn(page);
    filters.push(await page.evaluate(() => performance.getEntriesByName("threadhunt-draw").at(-1).duration));
  }
  const told =
    `10,000 findings: painted after ${times.paint.toFixed(0)} ms, all there after ${times.ready.toFixed(0)} ms, ` +
    `filters ${filters.map((each) => each.toFixed(0)).join(", ")} ms`;
  assert.ok(times.ready < 2000 * PATIENCE && Math.max(...filters) < 200 * PATIENCE, told);
  console.log(told);
}

try {
  await reading("examples", { colorScheme: "light" }, async (page) => {
    await summaryAndFilter(page);
    await backAndForward(page);
    await graph(page);
    await timelineByKeyboard(page);
    await namesFit(page);
    await themes(page);
  });
  await reading("examples", { viewport: { width: 400, height: 800 }, colorScheme: "dark" }, async (page) => {
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
    assert.ok(await fits(page), "a narrow page scrolls sideways");
    const worst = await page.locator("#graph .pill.worst").first().boundingBox();
    assert.ok(worst.x >= 0 && worst.x + worst.width <= 400, "the worst edge is out of sight");
    await namesFit(page);
    await page.locator(".card-head").first().click();
    assert.equal(await page.locator(".card-fold[open]").count(), 2);
  });
  await reading("examples", { javaScriptEnabled: false }, async (page) => {
    assert.match(await text(page, "noscript"), /24 findings: 3 critical, 0 high/);
    assert.match(await text(page, "noscript"), /report_viewer.exe/);
    assert.deepEqual(await page.locator("noscript h1, noscript h2").allInnerTexts(), ["Remote threads", "Findings, by pattern", "Coverage"]);
    assert.ok(await page.locator("header nav").isHidden(), "links lead to what is not there");
    assert.ok(await page.locator("#filters").isHidden(), "what needs a script is not there");
  });
  await reading("examples", {}, paper);
  await reading("filtered", {}, async (page) => {
    assert.match(await text(page, "h1"), /^\d+ findings left out \(of other techniques than T1106\)$/);
    assert.doesNotMatch(await page.locator("main").innerText(), /no remote threads/i);
  });
  await reading("accepted", {}, async (page) => {
    assert.match(await text(page, "h1"), /^Nothing beyond what is accepted \(1 (critical|high|medium)\)$/);
  });
  await reading("long", {}, long);
  withMore();
  await reading("more", {}, more);
  await reading("hostile", {}, hostile);
  await reading("hostile", { javaScriptEnabled: false }, async (page) => {
    assert.equal(await page.locator("noscript img, noscript script, noscript b, noscript i").count(), 0);
    assert.match(await text(page, "noscript"), /a.exe → <b>b.exe/);
  });
  await reading("empty", {}, async (page) => {
    assert.match(await text(page, "h1"), /No remote threads found/);
    assert.match(await text(page, "#coverage"), /silence proves nothing/);
  });
  await reading("many", {}, many);
} finally {
  await browser.close();
}
