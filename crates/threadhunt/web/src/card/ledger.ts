// The ledger as a waterfall: each piece of evidence is a bar that begins where the last one ended.
//
// Numbers stand beside the bars, so that a reader can add them up by hand; what adds less than
// its weight says so. The line is at 0 bits, where both answers are equally likely.

import type { Entry, Finding, Ledger } from "../data.ts";
import { h, svg } from "../dom.ts";
import { bits } from "../text.ts";

interface Bar {
  group: string;
  title: string;
  from: number;
  to: number;
  note: string;
  kind: string;
}

/** The bits that the bars stand for, from the left edge to the right one. */
interface Scale {
  least: number;
  most: number;
}

export function ledger(finding: Finding): HTMLElement {
  const bars = waterfall(finding.ledger);
  const ends = bars.flatMap((bar) => [bar.from, bar.to, 0]);
  const least = Math.min(...ends);
  const scale = { least, most: Math.max(...ends, least + 1) };
  const score = `score ${Math.floor(finding.score * 10) / 10} of 100`;
  const sum = { group: "sum", title: score, from: 0, to: finding.ledger.sum, note: "", kind: "sum" };
  return h(
    "div",
    { class: "ledger" },
    h(
      "table",
      {},
      h("caption", { class: "hidden" }, "The ledger, in bits: +1 doubles the odds of an injection"),
      h("tbody", {}, bars.map((bar) => row(bar, scale))),
      h("tfoot", {}, row(sum, scale)),
    ),
    finding.ledger.limits.map((limit) => h("p", { class: "limit" }, h("strong", {}, `At most ${limit.severity}: `), limit.reason)),
  );
}

function waterfall(of: Ledger): Bar[] {
  const bars: Bar[] = [{ group: "prior", title: "before anything is known", from: 0, to: of.prior, note: "", kind: "prior" }];
  let at = of.prior;
  for (const entry of of.entries) {
    const to = at + entry.adds;
    bars.push({ group: entry.group, title: entry.title, from: at, to, note: noteOf(entry), kind: kindOf(entry) });
    at = to;
  }
  return bars;
}

function kindOf(entry: Entry): string {
  if (entry.adds === 0) return "none";
  return entry.adds > 0 ? "for" : "against";
}

function noteOf(entry: Entry): string {
  return entry.adds === entry.bits ? "" : ` (weight ${bits(entry.bits)}: outweighed or capped)`;
}

function row(bar: Bar, scale: Scale): HTMLElement {
  return h(
    "tr",
    { class: `bar-${bar.kind}` },
    h("th", { scope: "row" }, h("span", { class: "group-name" }, bar.group), " ", h("span", { class: "entry-title" }, bar.title), h("span", { class: "muted" }, bar.note)),
    h("td", { class: "track", "aria-hidden": "true" }, track(bar, scale)),
    h("td", { class: "bits" }, bits(bar.to - bar.from), bar.kind === "sum" && h("span", { class: "unit" }, " bits")),
  );
}

function track(bar: Bar, { least, most }: Scale): SVGElement {
  const x = (value: number) => ((value - least) * 100) / (most - least);
  const left = x(Math.min(bar.from, bar.to));
  const width = bar.from === bar.to ? 0 : Math.max(x(Math.max(bar.from, bar.to)) - left, 0.6);
  return svg(
    "svg",
    { viewBox: "0 0 100 10", preserveAspectRatio: "none", focusable: "false" },
    svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: 10 }),
    svg("rect", { class: "bar", x: left, y: 1.5, width, height: 7 }),
  );
}
