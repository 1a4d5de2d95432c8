// The verdict in a sentence, and the severities as a bar and as switches of the filter.

import { SEVERITIES, holdsLess, leftOut, matters, rank, type Item, type Report, type Severity } from "./data.ts";
import { tampered } from "./coverage.ts";
import { h, replace, svg, type Child } from "./dom.ts";
import { counted, grouped, toMinute } from "./text.ts";

/** What was found in all, whatever the filter says. */
export function verdict(report: Report): HTMLElement {
  const worth = report.items.filter((item) => matters(item.finding));
  const threads = report.items.reduce((sum, item) => sum + item.finding.count, 0);
  const accepted = report.items.filter((item) => item.finding.accepted !== undefined).length;
  const blind = report.coverage.filter((coverage) => !coverage.event_8_seen).length;
  return h(
    "div",
    { class: "verdict" },
    h("h1", {}, sentence(report, worth)),
    h(
      "p",
      { class: "muted lede" },
      `${counted(report.items.length, "pair")} of processes, ${counted(threads, "remote thread")}, ${counted(report.coverage.length, "computer")}`,
      period(report.items),
      ".",
      leftOut(report).map((part) => ` ${part}.`),
      accepted > 0 && ` ${counted(accepted, "pair")} of them accepted.`,
      report.sigma.length > 0 && ` Sigma rules made ${counted(report.sigma.length, "finding")}.`,
      tampered(report.coverage) !== undefined && ` ${tampered(report.coverage)}.`,
      blind > 0 && ` Of ${blind === 1 ? "one computer" : `${grouped(blind)} computers`} the logs hold no event 8: there, silence proves nothing.`,
    ),
  );
}

function sentence(report: Report, worth: Item[]): string {
  if (worth.length > 0) {
    const computers = new Set(worth.map((item) => item.computer)).size;
    return `${bySeverity(worth)} ${worth.length === 1 ? "finding" : "findings"} on ${counted(computers, "computer")}`;
  }
  const accepted = report.items.filter(({ finding }) => finding.accepted !== undefined && rank(finding.severity) <= 2);
  if (accepted.length > 0) return `Nothing beyond what is accepted (${bySeverity(accepted)})`;
  if (holdsLess(report)) return leftOut(report).join(", ");
  return report.items.length === 0 ? "No remote threads found" : "Nothing injection-shaped found";
}

/** `1 critical, 2 high and 3 medium`. */
function bySeverity(items: Item[]): string {
  const of = (severity: Severity) => items.filter((item) => item.finding.severity === severity).length;
  const parts = SEVERITIES.slice(0, 3).filter((severity) => of(severity) > 0).map((severity) => `${grouped(of(severity))} ${severity}`);
  const last = parts.pop() ?? "";
  return parts.length > 0 ? `${parts.join(", ")} and ${last}` : last;
}

function period(items: Item[]): Child {
  const times = items.flatMap((item) => (item.first === undefined ? [] : [item.first, item.last ?? item.first]));
  if (times.length === 0) return undefined;
  const first = toMinute(times.reduce((a, b) => Math.min(a, b)));
  const last = toMinute(times.reduce((a, b) => Math.max(a, b)));
  const together = (text: string) => h("span", { class: "together" }, text);
  if (first === last) return [", at ", together(`${first} UTC`)];
  if (first.slice(0, 10) === last.slice(0, 10)) return [", ", together(first), " to ", together(`${last.slice(11)} UTC`)];
  return [", ", together(first), " to ", together(`${last} UTC`)];
}

/** The switches: a severity each, with how many there are. */
export class Severities {
  private readonly counts = new Map<Severity, HTMLElement>();
  private readonly buttons = new Map<Severity, HTMLElement>();
  private readonly bar = h("div", { class: "share", "aria-hidden": "true" });

  constructor(place: HTMLElement, toggle: (severity: Severity) => void) {
    const buttons = SEVERITIES.map((severity) => {
      const count = h("span", { class: "count" });
      const button = h(
        "button",
        { type: "button", class: `switch sev-${severity}`, "aria-pressed": "true", click: () => toggle(severity) },
        h("span", { class: "switch-name" }, severity),
        count,
      );
      this.counts.set(severity, count);
      this.buttons.set(severity, button);
      return button;
    });
    replace(place, h("div", { class: "switches", role: "group", "aria-label": "Severities shown" }, buttons), this.bar);
  }

  /** `items` pass all of the filter but its severities. */
  show(items: Item[], chosen: Set<Severity>): void {
    const of = new Map<Severity, number>();
    for (const item of items) of.set(item.finding.severity, (of.get(item.finding.severity) ?? 0) + 1);
    for (const severity of SEVERITIES) {
      const count = this.counts.get(severity);
      if (count) count.textContent = grouped(of.get(severity) ?? 0);
      this.buttons.get(severity)?.setAttribute("aria-pressed", String(chosen.has(severity)));
    }
    replace(this.bar, share(of, items.length));
  }
}

function share(of: Map<Severity, number>, total: number): SVGElement {
  let x = 0;
  const parts = SEVERITIES.filter((severity) => of.get(severity)).map((severity) => {
    const width = ((of.get(severity) ?? 0) * 100) / total;
    const part = svg("rect", { class: `sev-${severity}`, x, y: 0, width, height: 4 });
    x += width;
    return part;
  });
  return svg("svg", { viewBox: "0 0 100 4", preserveAspectRatio: "none" }, parts);
}
