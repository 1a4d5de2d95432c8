// The page of `threadhunt scan --format html`: reads the data, keeps the filter, draws the parts.
//
// A change of the filter draws timeline, graph and list anew, once a frame at most; the other
// parts are drawn once. There is no state beside the filter and what is open.

import { SEVERITIES, read, type Item, type Report, type Severity } from "./data.ts";
import { byId, h, replace } from "./dom.ts";
import { coverage } from "./coverage.ts";
import { everything, isActive, passing, type Filter } from "./filter.ts";
import { Graph } from "./graph/draw.ts";
import { List } from "./list.ts";
import { Panel } from "./panel.ts";
import { Sigma } from "./sigma.ts";
import { Severities, verdict } from "./summary.ts";
import { counted, grouped } from "./text.ts";
import { themeButton } from "./theme.ts";
import { Timeline } from "./timeline.ts";

/** Suggestions of a field: the most frequent values. */
const SUGGESTIONS = 200;
type Field = "text" | "computer" | "source" | "target";
const FIELDS: Field[] = ["text", "computer", "source", "target"];

class Page {
  private filter: Filter = everything();
  private readonly panel: Panel;
  private readonly parts: { show: (items: Item[]) => void }[];
  private readonly severities: Severities;
  private readonly sigma: Sigma | undefined;
  private isWaiting = false;

  constructor(private readonly report: Report) {
    this.panel = new Panel(report);
    const { open } = this.panel;
    this.parts = [new Timeline(byId("timeline"), open), new Graph(byId("graph"), open), new List(byId("findings"), report, open)];
    this.severities = new Severities(byId("severities"), (severity) => this.toggle(severity));
    replace(byId("verdict"), verdict(report));
    replace(byId("coverage"), coverage(report.coverage));
    if (report.sigma.length > 0) {
      byId("sigma-section").hidden = false;
      this.sigma = new Sigma(byId("sigma"), report.sigma);
    }
    byId("tools").append(themeButton());
    byId("made-by").textContent = `Made by Threadhunt ${report.version}. This page loads nothing and sends nothing.`;
    this.listen();
    this.draw();
    this.panel.openAddress();
  }

  private listen(): void {
    for (const field of FIELDS) {
      const input = byId<HTMLInputElement>(`filter-${field}`);
      input.addEventListener("input", () => {
        this.filter[field] = input.value;
        this.later();
      });
      if (field !== "text") suggest(field, this.report.items);
    }
    byId("clear").addEventListener("click", () => this.clear());
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      byId("filter-text").focus();
    });
  }

  private toggle(severity: Severity): void {
    const { severities } = this.filter;
    // From all, a press chooses the one; a reader wants less and not a hole.
    if (severities.size === SEVERITIES.length) this.filter.severities = new Set([severity]);
    else if (severities.has(severity)) severities.delete(severity);
    else severities.add(severity);
    if (this.filter.severities.size === 0) this.filter.severities = new Set(SEVERITIES);
    this.later();
  }

  private clear(): void {
    this.filter = everything();
    for (const field of FIELDS) byId<HTMLInputElement>(`filter-${field}`).value = "";
    this.later();
    byId("filter-text").focus();
  }

  private later(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      this.isWaiting = false;
      this.draw();
    });
  }

  private draw(): void {
    const start = performance.now();
    const { items } = this.report;
    const whatever = passing(items, { ...this.filter, severities: new Set(SEVERITIES) });
    const shown = whatever.filter((item) => this.filter.severities.has(item.finding.severity));
    this.severities.show(whatever, this.filter.severities);
    for (const part of this.parts) part.show(shown);
    this.sigma?.show(this.filter);
    const isAll = !isActive(this.filter);
    byId("clear").hidden = isAll;
    byId("result").textContent = isAll ? counted(items.length, "finding") : `${grouped(shown.length)} of ${counted(items.length, "finding")}`;
    performance.measure("threadhunt-draw", { start, end: performance.now() });
  }
}

/** Fills the list of suggestions of a field with its most frequent values. */
function suggest(field: "computer" | "source" | "target", items: Item[]): void {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item[field], (counts.get(item[field]) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, SUGGESTIONS);
  byId(`suggest-${field}`).append(...most.map(([name, count]) => h("option", { value: name }, counted(count, "finding"))));
}

new Page(read());
performance.mark("threadhunt-ready");
document.documentElement.dataset["ready"] = "";
