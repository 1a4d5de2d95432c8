// The panel at the side: the card of what was chosen in graph, timeline or list.
//
// It is a dialog that leaves the page usable: focus moves into it and, when it is closed, back
// to where it came from. Each thing that is opened is a step that the browser's Back takes back; a
// finding that is open is named in the address, so that a link to it can be kept. The address is
// never sent anywhere.

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
  /** What was opened, by the step that the browser remembers. */
  private readonly steps: Selection[] = [];

  constructor(private readonly report: Report) {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.place.hidden) this.close();
    });
    window.addEventListener("popstate", () => this.arrive());
  }

  /** Shows what the browser came back to: a step, what the address names, or just the page. */
  private arrive(): void {
    const selection = this.steps[stepOf(history.state) - 1];
    if (selection) this.show(selection);
    else if (!this.openAddress()) this.hide();
  }

  /** Opens what an address names, such as `#F-976e`. */
  openAddress(): boolean {
    const id = location.hash.slice(1).toLowerCase();
    if (!/^f-[0-9a-f]{1,16}$/.test(id)) return false;
    const item = this.report.items.find((each) => each.finding.id.toLowerCase().startsWith(id));
    if (item) this.show({ kind: "finding", item });
    return item !== undefined;
  }

  open = (selection: Selection): void => {
    const step = stepOf(history.state) + 1;
    this.steps.splice(step - 1, Infinity, selection);
    remember("pushState", step, selection.kind === "finding" ? selection.item.finding : undefined);
    this.show(selection);
  };

  private show(selection: Selection): void {
    const active = document.activeElement;
    if (active instanceof HTMLElement || active instanceof SVGElement) {
      if (!this.place.contains(active)) this.before = active;
    }
    const close = h("button", { type: "button", class: "quiet close", click: () => this.close(), "aria-label": "Close" }, "Close ✕");
    replace(this.place, h("div", { class: "panel-bar" }, h("span", { class: "muted" }, titleOf(selection)), close), this.content(selection));
    this.place.hidden = false;
    this.place.scrollTop = 0;
    this.place.focus({ preventScroll: true });
  }

  /** Goes back to the page, behind all that was opened. */
  close(): void {
    const step = stepOf(history.state);
    this.hide();
    if (step > 0) history.go(-step);
    else remember("replaceState", 0, undefined);
  }

  private hide(): void {
    if (this.place.hidden) return;
    this.place.hidden = true;
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

/** How many things were opened on the way to here. */
function stepOf(state: unknown): number {
  const step = (state as { step?: unknown } | null)?.step;
  return typeof step === "number" && Number.isInteger(step) && step > 0 ? step : 0;
}

/** Tells the browser of a step, and names the finding that is open in the address. */
function remember(how: "pushState" | "replaceState", step: number, finding: Finding | undefined): void {
  const address = finding ? `#${finding.id}` : location.pathname + location.search;
  try {
    history[how]({ step }, "", address);
  } catch {
    // Some browsers refuse this to files; the panel is open all the same.
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

