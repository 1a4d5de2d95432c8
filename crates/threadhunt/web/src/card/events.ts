// Raw events: the records that a finding rests on, whole, as they were logged.

import type { Item, RawEvent, Report } from "../data.ts";
import { h, value } from "../dom.ts";
import { counted, grouped } from "../text.ts";
import { plain, rawFact } from "./process.ts";

/** The records that the page carries, and where the others lie. */
export function rawEvents(item: Item, report: Report): HTMLElement {
  const events = report.events(item);
  const { evidence, evidence_total } = item.finding;
  const held = new Set(events.map((event) => event.record_id));
  const others = evidence.filter((each) => each.record_id === undefined || !held.has(each.record_id));
  const places = others.map((each) => h("li", {}, value(placeOf(each))));
  const rest = evidence_total - evidence.length;
  return h(
    "div",
    { class: "raw" },
    events.length === 0 && h("p", { class: "muted" }, "This page carries no raw events of this finding: here is where they lie."),
    events.map(rawEvent),
    others.length > 0 && h("h5", {}, events.length > 0 ? "Further records" : "Records"),
    others.length > 0 && h("ul", { class: "places" }, places),
    rest > 0 && h("p", { class: "muted" }, `and ${counted(rest, "further record")}, not listed`),
  );
}

function rawEvent(event: RawEvent): HTMLElement {
  const { file, member } = event.source ?? {};
  const record = event.record_id === undefined ? "" : `#${event.record_id} `;
  const rest = Object.entries(event).filter(([key]) => !["fields", "event", "event_id"].includes(key));
  const facts = (entries: [string, unknown][]) => entries.map(([key, found]) => rawFact(key, plain(found)));
  return h(
    "details",
    { class: "raw-event" },
    h("summary", {}, h("strong", {}, `Event ${event.event_id}`), ` ${event.event ?? ""} `, h("span", { class: "muted" }, record, "in ", value(member ? `${file}!${member}` : (file ?? "the input")))),
    h("dl", { class: "facts" }, facts(Object.entries(event.fields ?? {}))),
    h("dl", { class: "facts quiet-facts" }, facts(rest)),
  );
}

export function placeOf(evidence: { file: string; member?: string; record_id?: number; offset?: number; line?: number; recovered?: boolean }): string {
  const parts = [evidence.member ? `${evidence.file}!${evidence.member}` : evidence.file];
  if (evidence.record_id !== undefined) parts.push(`#${evidence.record_id}`);
  if (evidence.line !== undefined) parts.push(`line ${grouped(evidence.line)}`);
  else if (evidence.offset !== undefined) parts.push(`at 0x${evidence.offset.toString(16)}`);
  if (evidence.recovered) parts.push("(recovered)");
  return parts.join(" ");
}
