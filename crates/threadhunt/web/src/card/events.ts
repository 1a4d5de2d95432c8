// Raw events: the records that a finding rests on, whole, as they were logged.

import type { Item, RawEvent, Report } from "../data.ts";
import { h, value } from "../dom.ts";
import { counted, grouped } from "../text.ts";
import { fact, plain } from "./process.ts";

/** The records that the page carries, and where the others lie. */
export function rawEvents(item: Item, report: Report): HTMLElement {
  const events = report.events(item);
  const { evidence, evidence_total } = item.finding;
  const held = new Set(events.map((event) => event.event["event_record_id"] ?? event.event["record_id"]));
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

function rawEvent(raw: RawEvent): HTMLElement {
  const { event } = raw;
  const id = event["event_id"];
  const name = typeof event["event"] === "string" ? event["event"] : "";
  const record = event["record_id"] ?? event["event_record_id"];
  const file = raw.member ? `${raw.file}!${raw.member}` : raw.file;
  const fields = Object.entries((event["fields"] ?? {}) as Record<string, unknown>);
  const rest = Object.entries(event).filter(([key]) => !["fields", "event", "event_id"].includes(key));
  return h(
    "details",
    { class: "raw-event" },
    h("summary", {}, h("strong", {}, `Event ${id}`), ` ${name} `, h("span", { class: "muted" }, record === undefined ? "" : `#${record} `, "in ", value(file))),
    h("dl", { class: "facts" }, fields.map(([key, found]) => fact(key, plain(found)))),
    h("dl", { class: "facts quiet-facts" }, rest.map(([key, found]) => fact(key, plain(found)))),
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
