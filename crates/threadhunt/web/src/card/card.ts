// A finding as a card: who did what to whom, why that is judged so, what else happened, what
// would make it harmless, and where the proof lies.
//
// The head says it in a line. The body is made when it is first shown; what only a writer of
// reports needs is folded. Keys that this page does not know are told at the end, by name.

import { computerName, type Finding, type HiddenBy, type Item, type Process, type Report } from "../data.ts";
import { h, value } from "../dom.ts";
import type { Selection } from "../panel.ts";
import { baseName, counted, directory, ofAll, toSecond } from "../text.ts";
import { badge } from "./badge.ts";
import { chain } from "./chain.ts";
import { placeOf, rawEvents } from "./events.ts";
import { ledger } from "./ledger.ts";
import { plain, processFacts } from "./process.ts";

export interface CardOptions {
  isOpen: boolean;
  open: (selection: Selection) => void;
  /** What stands below the body. */
  below?: HTMLElement | undefined;
}

/** Keys with a place of their own on the card. */
const KNOWN = new Set(
  ("kind schema_version id severity score confidence technique rule_techniques title computer source target start starts " +
    "threads_elsewhere count copies first last clock ledger chain hidden_by accepted benign_if notes rule_names thread_ids " +
    "evidence evidence_total sigma").split(" "),
);

export function card(item: Item, report: Report, options: CardOptions): HTMLElement {
  const place = h("article", { class: `card sev-${item.finding.severity}` });
  const details = h("details", { class: "card-fold", open: options.isOpen }, h("summary", { class: "card-head" }, head(item)));
  const fill = () => {
    if (details.open && details.childElementCount === 1) details.append(body(item, report));
  };
  details.addEventListener("toggle", fill);
  fill();
  place.append(details);
  if (options.below) place.append(options.below);
  return place;
}

function head(item: Item): HTMLElement {
  const { finding } = item;
  const threads = counted(finding.count, "thread");
  return h(
    "div",
    { class: "head" },
    badge(finding),
    h(
      "h3",
      { class: "pair" },
      program(finding.source),
      h("span", { class: "arrow" }, h("span", { class: "hidden" }, " injected into "), h("span", { "aria-hidden": "true" }, "→")),
      program(finding.target),
    ),
    h("p", { class: "head-detail muted" }, h("bdi", {}, item.computer), ` · ${toSecond(finding.first)} · ${threads}`, finding.accepted !== undefined && " · accepted"),
  );
}

function program(process: Process): HTMLElement {
  const pid = process.pid === undefined ? "" : ` ${process.pid}`;
  return h("span", { class: "program" }, h("bdi", {}, baseName(process.image)), h("span", { class: "pid" }, pid));
}

function body(item: Item, report: Report): HTMLElement {
  const { finding } = item;
  const events = report.events(item).length;
  return h(
    "div",
    { class: "card-body" },
    h("p", { class: "title" }, value(finding.title)),
    tags(finding),
    accepted(finding),
    h("div", { class: "pair-detail" }, end("source", finding.source), end("target", finding.target)),
    section("Why", ledger(finding)),
    section("Chain", chain(finding)),
    words("Benign if", finding.benign_if),
    words("Notes", finding.notes),
    words("Sigma", (finding.sigma ?? []).map((rule) => `${rule.severity}: ${rule.title}`)),
    hidden(finding),
    proof(finding),
    fold("Everything known", () => known(finding)),
    fold(events > 0 ? `Raw events (${events})` : "Records", () => rawEvents(item, report)),
  );
}

function section(name: string, content: Node): HTMLElement {
  return h("section", { class: "part" }, h("h4", {}, name), content);
}

function words(name: string, texts: string[]): HTMLElement | undefined {
  if (texts.length === 0) return undefined;
  return section(name, h("ul", { class: "words" }, texts.map((text) => h("li", {}, value(text)))));
}

function tags(finding: Finding): HTMLElement {
  const claimed = finding.rule_techniques?.filter((id) => id !== finding.technique) ?? [];
  const tag = (name: string, text: string | undefined) => text !== undefined && h("li", {}, h("span", { class: "muted" }, `${name} `), value(text));
  return h(
    "ul",
    { class: "tags" },
    tag("start", finding.start?.class),
    tag("at", startPlace(finding)),
    tag("ATT&CK", finding.technique),
    tag("by the configuration", claimed.length > 0 ? claimed.join(", ") : undefined),
    tag("confidence", finding.confidence),
    tag("id", finding.id),
  );
}

/** `1 of 101 threads at 0x20000541485, no module`: how many threads begin at the start that is judged. */
function startPlace({ start, count }: Finding): string | undefined {
  if (start === undefined) return undefined;
  const [address, another] = start.addresses;
  const one = address !== undefined && another === undefined ? address.replace(/^0x0+(?=.)/i, "0x") : undefined;
  const place = [start.function && start.module ? undefined : one, [start.module, start.function].filter(Boolean).join("!") || start.kind.replaceAll("-", " ")];
  return `${ofAll(start.count, count)} at ${place.filter(Boolean).join(", ")}`;
}

function end(role: string, process: Process): HTMLElement {
  const image = process.image;
  const line = (name: string, text: string | undefined) => text !== undefined && h("p", { class: "end-line" }, h("span", { class: "muted" }, `${name} `), value(text, "mono"));
  return h(
    "div",
    { class: `end end-${role}` },
    h("h4", {}, role),
    h("p", { class: "path" }, image === undefined ? "unknown program" : h("bdi", { class: "value mono" }, h("span", { class: "directory" }, directory(image)), h("strong", {}, baseName(image)))),
    line("as", process.user),
    line("command", process.command_line),
    line("started by", process.parent?.image),
  );
}

function hidden(finding: Finding): HTMLElement | undefined {
  const line = (by: HiddenBy) => {
    const where = by.line === undefined ? by.config : `${by.config}, line ${by.line}`;
    return `${where}: ${[by.why, by.rule].filter(Boolean).join(", ")} (${counted(by.threads, "thread")})`;
  };
  return words("Hidden by", finding.hidden_by.map(line));
}

function accepted({ accepted }: Finding): HTMLElement | undefined {
  return accepted && words("Accepted", [`by ${accepted.owner} until ${accepted.expires}: ${accepted.reason}`]);
}

function proof(finding: Finding): HTMLElement | undefined {
  const first = finding.evidence[0];
  if (!first) return undefined;
  const more = finding.evidence_total - 1;
  const text = [value(placeOf(first), "mono"), more > 0 && ` and ${counted(more, "more record")}`];
  return section("Proof", h("p", {}, text));
}

function fold(name: string, content: () => Node): HTMLElement {
  const place = h("details", { class: "fold" }, h("summary", {}, name));
  place.addEventListener("toggle", () => place.open && place.childElementCount === 1 && place.append(content()));
  return place;
}

function known(finding: Finding): HTMLElement {
  const others = Object.entries(finding).filter(([key]) => !KNOWN.has(key));
  const numbers: [string, string | undefined][] = [
    ["first thread", finding.first],
    ["last thread", finding.last],
    ["threads", String(finding.count)],
    ["further copies of the records", finding.copies === undefined ? undefined : String(finding.copies)],
    ["ids of the new threads", finding.thread_ids?.join(", ")],
    ["rule names", finding.rule_names?.join("; ")],
    ["computer", computerName(finding.computer)],
    ...others.map(([key, found]): [string, string] => [key.replaceAll("_", " "), plain(found)]),
  ];
  const facts = numbers.filter(([, text]) => text !== undefined);
  return h(
    "div",
    { class: "known" },
    h("dl", { class: "facts" }, facts.map(([name, text]) => h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value(text ?? ""))))),
    h("h5", {}, "Source"),
    processFacts(finding.source),
    h("h5", {}, "Target"),
    processFacts(finding.target),
    h("h5", {}, "Starts"),
    h("ul", { class: "starts" }, finding.starts.map(start)),
  );
}

function start(at: Finding["starts"][number]): HTMLElement {
  const where = [at.module, at.function].filter(Boolean).join(" ");
  const addresses = at.addresses.join(", ");
  return h("li", {}, h("strong", {}, at.class), " ", value(where || at.kind, "mono"), " ", value(addresses, "mono muted"), ` · ${counted(at.count, "thread")}`);
}
