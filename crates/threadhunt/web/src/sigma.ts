// What Sigma rules found, where the scan was given some: a line each, gravest first, which unfolds.
//
// Search, computer and severities of the filter hold here too, and source and target for any of
// the processes that a rule is about.

import { computerName, type SigmaFinding } from "./data.ts";
import { h, replace, value } from "./dom.ts";
import type { Filter } from "./filter.ts";
import { counted, toSecond } from "./text.ts";
import { placeOf } from "./card/events.ts";
import { fact, plain } from "./card/process.ts";

const PORTION = 50;

/** Keys with a place of their own. */
const KNOWN = new Set(["kind", "schema_version", "severity", "title", "computer", "count", "first", "last", "fields", "processes", "evidence", "evidence_total"]);

interface Indexed {
  finding: SigmaFinding;
  text: string;
}

export class Sigma {
  private readonly all: Indexed[];
  private passing: SigmaFinding[] = [];
  private shown = 0;
  private readonly list = h("div", { class: "cards" });
  private readonly more = h("button", { type: "button", class: "more screen-only", click: () => this.add() });

  constructor(
    private readonly place: HTMLElement,
    findings: SigmaFinding[],
  ) {
    this.all = findings.map((finding) => ({ finding, text: JSON.stringify(finding).toLowerCase().replaceAll("\\\\", "\\") }));
  }

  show(filter: Filter): void {
    const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    const holds = (text: string, part: string) => text.toLowerCase().includes(part.trim().toLowerCase());
    const about = (finding: SigmaFinding, part: string) =>
      part.trim() === "" || (finding.processes ?? []).some((process) => holds(process.image ?? "", part));
    this.passing = this.all
      .filter(({ finding, text }) => filter.severities.has(finding.severity) && words.every((word) => text.includes(word)))
      .map(({ finding }) => finding)
      .filter((finding) => holds(computerName(finding.computer), filter.computer) && about(finding, filter.source) && about(finding, filter.target));
    this.shown = 0;
    this.list.replaceChildren();
    if (this.passing.length === 0) replace(this.place, h("p", { class: "empty" }, "No finding of a Sigma rule passes the filter."));
    else replace(this.place, this.list, this.more);
    this.add();
  }

  private add(): void {
    this.list.append(...this.passing.slice(this.shown, this.shown + PORTION).map(card));
    this.shown = Math.min(this.passing.length, this.shown + PORTION);
    this.more.hidden = this.shown === this.passing.length;
    this.more.textContent = `Show more of ${counted(this.passing.length - this.shown, "further finding")}`;
  }
}

function card(finding: SigmaFinding): HTMLElement {
  const details = h("details", { class: `card sigma sev-${finding.severity}` });
  details.append(
    h(
      "summary",
      {},
      h("span", { class: `badge sev-${finding.severity}` }, finding.severity),
      h("strong", {}, value(finding.title)),
      h("span", { class: "muted" }, h("bdi", {}, computerName(finding.computer)), ` · ${toSecond(finding.first)} · ${counted(finding.count, "match", "matches")}`),
    ),
  );
  details.addEventListener("toggle", () => details.open && details.childElementCount === 1 && details.append(facts(finding)));
  return details;
}

function facts(finding: SigmaFinding): HTMLElement {
  const fields = (finding.fields ?? []).map((field) => fact(field.name, plain(field.values)));
  const processes = (finding.processes ?? []).map((process) =>
    fact(process.role ?? "process", [process.image, process.pid === undefined ? undefined : `(${process.pid})`, process.guid].filter(Boolean).join(" ")),
  );
  const places = (finding.evidence ?? []).slice(0, 8).map((evidence) => fact("record", placeOf(evidence)));
  const rest = Object.entries(finding).filter(([key]) => !KNOWN.has(key));
  return h("dl", { class: "facts" }, fields, processes, rest.map(([key, found]) => fact(key.replaceAll("_", " "), plain(found))), places);
}
