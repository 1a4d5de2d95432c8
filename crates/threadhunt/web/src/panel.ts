// The panel at the side: the card of what was chosen in graph, timeline or list.
//
// It is a dialog that leaves the page usable: focus moves into it and, when it is closed, back
// to where it came from. A finding that is open is named in the address, so that a link to a
// finding can be kept; the address is never sent anywhere.

import { SEVERITIES, rank, type Finding, type Item, type Process, type Report } from "./data.ts";
import { byId, h, replace } from "./dom.ts";
import { card } from "./card/card.ts";
import { processFacts } from "./card/process.ts";
import type { ProcessNode } from "./graph/model.ts";
import { baseName, counted } from "./text.ts";
import { rows } from "./rows.ts";

export type Selection =
  | { kind: "finding"; item: Item }
  | { kind: "process"; process: Process; node: ProcessNode | undefined }
  | { kind: "items"; title: string; items: Item[] };

export class Panel {
  private readonly place = byId("panel");
  private before: HTMLElement | SVGElement | undefined;

  constructor(private readonly report: Report) {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.place.hidden) this.close();
    });
  }

  /** Opens what an address names, such as `#F-976e`. */
  openAddress(): void {
    const id = location.hash.slice(1).toLowerCase();
    if (!/^f-[0-9a-f]{1,16}$/.test(id)) return;
    const item = this.report.items.find((each) => each.finding.id.toLowerCase().startsWith(id));
    if (item) this.open({ kind: "finding", item });
  }

  open = (selection: Selection): void => {
    const active = document.activeElement;
    if (active instanceof HTMLElement || active instanceof SVGElement) {
      if (!this.place.contains(active)) this.before = active;
    }
    const close = h("button", { type: "button", class: "quiet close", click: () => this.close(), "aria-label": "Close" }, "Close ✕");
    replace(this.place, h("div", { class: "panel-bar" }, h("span", { class: "muted" }, titleOf(selection)), close), this.content(selection));
    this.place.hidden = false;
    this.place.scrollTop = 0;
    this.place.focus({ preventScroll: true });
    this.name(selection.kind === "finding" ? selection.item.finding : undefined);
  };

  /** Names the finding that is open in the address. */
  private name(finding: Finding | undefined): void {
    const address = finding ? `#${finding.id}` : location.pathname + location.search;
    try {
      history.replaceState(null, "", address);
    } catch {
      // Some browsers refuse this to files; the panel is open all the same.
    }
  }

  close(): void {
    this.place.hidden = true;
    this.name(undefined);
    this.before?.focus({ preventScroll: true });
    this.before = undefined;
  }

  private content(selection: Selection): HTMLElement {
    if (selection.kind === "finding") return card(selection.item, this.report, { isOpen: true, open: this.open });
    if (selection.kind === "items") return this.items(selection.title, selection.items);
    return this.process(selection.process, selection.node);
  }

  private items(title: string, items: Item[]): HTMLElement {
    return h("article", { class: "card" }, h("h3", { class: "panel-title" }, title), rows(items, this.open));
  }

  private process(process: Process, node: ProcessNode | undefined): HTMLElement {
    const list = (title: string, items: Item[]) =>
      items.length > 0 && [h("h4", {}, `${title} (${counted(items.length, "pair")})`), rows(items, this.open)];
    return h(
      "article",
      { class: "card" },
      h("h3", { class: "panel-title" }, h("bdi", {}, baseName(process.image))),
      processFacts(process, node ? node.computer : undefined),
      node && list("Injected into", worstFirst(node.out)),
      node && list("Was injected into by", worstFirst(node.in)),
      !node && h("p", { class: "muted" }, "Known only as the process that started another one of this report."),
    );
  }
}

function worstFirst(items: Item[]): Item[] {
  return [...items].sort((a, b) => a.place - b.place);
}

function titleOf(selection: Selection): string {
  if (selection.kind === "finding") return "Finding";
  if (selection.kind === "process") return "Process";
  const worst = Math.min(...selection.items.map((item) => rank(item.finding.severity)));
  return `${counted(selection.items.length, "finding")}, at worst ${SEVERITIES[worst]}`;
}

