// What the logs cover: without it, an empty result is worth nothing.
//
// A row for each computer; what could not have been seen there is said in words. Rows beyond a
// portion come on demand.

import { computerName, type Coverage } from "./data.ts";
import { h, value } from "./dom.ts";
import { baseName, counted, grouped, toSecond } from "./text.ts";

const PORTION = 25;

/** Events that links of the chain need, and what is not seen without them. */
const NEEDED: [string, string][] = [
  ["1", "creations"],
  ["7", "loaded DLLs"],
  ["10", "opened handles"],
  ["25", "tampering"],
];

export function coverage(all: Coverage[]): HTMLElement {
  if (all.length === 0) return h("p", { class: "empty" }, "The inputs hold no Sysmon records.");
  const body = h("tbody", {}, all.slice(0, PORTION).map(row));
  const place = h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Coverage by computer" },
    h(
      "table",
      { class: "coverage" },
      h("thead", {}, h("tr", {}, ["computer", "from, to", "records", "events 8", "not seen", "remarks"].map((name) => h("th", { scope: "col" }, name)))),
      body,
    ),
  );
  if (all.length <= PORTION) return place;
  const more = h("button", { type: "button", class: "more screen-only" }, `Show ${grouped(all.length - PORTION)} more computers`);
  more.addEventListener("click", () => {
    body.append(...all.slice(PORTION).map(row));
    more.remove();
  });
  return h("div", {}, place, more);
}

/** How many processes were tampered with, and how many of them no finding tells of. */
export function tampered(all: Coverage[]): string | undefined {
  const sum = (key: "processes" | "in_no_finding") => all.reduce((total, of) => total + (of.tampered?.[key] ?? 0), 0);
  const [total, rest] = [sum("processes"), sum("in_no_finding")];
  if (total === 0) return undefined;
  const least = all.some((of) => of.tampered?.more_processes) ? "at least " : "";
  const names = all.flatMap((of) => of.tampered?.examples ?? []).slice(0, 3);
  const named = names.map((process) => `${baseName(process.image)}${process.pid === undefined ? "" : ` (${process.pid})`}`).join(", ");
  const where = rest === 0 ? "" : `, ${rest === total ? "" : `${grouped(rest)} of them `}in no finding: ${named}${rest > names.length ? ", …" : ""}`;
  return `${least}${counted(total, "process", "processes")} tampered with (event 25)${where}`;
}

function row(of: Coverage): HTMLElement {
  const threads = of.events["8"] ?? 0;
  const missing = NEEDED.filter(([id]) => !of.events[id]);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, value(computerName(of.computer))),
    h("td", { class: "times" }, h("div", {}, toSecond(of.first)), h("div", {}, toSecond(of.last))),
    h("td", { class: "number" }, grouped(of.records)),
    h("td", { class: "number" }, of.event_8_seen ? grouped(threads) : h("strong", { class: "warning" }, "none")),
    h("td", {}, missing.length === 0 ? h("span", { class: "muted" }, "all kinds are there") : missing.map(([id, what]) => `${what} (${id})`).join(", ")),
    h("td", {}, remarks(of)),
  );
}

function remarks(of: Coverage): HTMLElement {
  const found: string[] = [];
  if (!of.event_8_seen) found.push("silence proves nothing here");
  for (const channel of of.channels) {
    if (channel.looks_filtered) found.push("looks like a filtered export");
    else if (channel.gaps > 0) found.push(`${grouped(channel.missing_ids)} record ids missing`);
  }
  if (of.tampered) found.push(tampered([of]) ?? "");
  if (of.recovered) found.push(`${grouped(of.recovered)} recovered from slack`);
  if (of.copies) found.push(`${grouped(of.copies)} copies counted once`);
  for (const state of of.service ?? []) if (state.state === "Stopped") found.push(`Sysmon stopped ${toSecond(state.time)}`);
  for (const told of of.configurations ?? []) found.push(`configuration changed ${toSecond(told.time)}`);
  for (const error of of.errors ?? []) found.push(`Sysmon error: ${error.name ?? ""} ${error.description ?? ""}`);
  return h("ul", { class: "remarks" }, found.map((text) => h("li", {}, value(text))));
}
