// The findings as cards, a pattern each, worst first.
//
// A pattern shows its worst finding and counts the others, which a press lists; so one product
// that hooks everything is one card. Cards are made in portions as the reader comes near, and
// those that deserve a look are open, the first ones at least: a page of thousands stays quick.

import { matters, type Item, type Report } from "./data.ts";
import { h, replace } from "./dom.ts";
import { card } from "./card/card.ts";
import type { Selection } from "./panel.ts";
import { rows } from "./rows.ts";
import { counted } from "./text.ts";

const PORTION = 20;
/** Cards that are open from the start. */
const MAX_OPEN = 12;

export class List {
  private patterns: Item[][] = [];
  private shown = 0;
  private readonly cards = h("div", { class: "cards" });
  private readonly more = h("button", { type: "button", class: "more screen-only" });

  constructor(
    private readonly place: HTMLElement,
    private readonly report: Report,
    private readonly open: (selection: Selection) => void,
  ) {
    this.more.addEventListener("click", () => this.add());
    const near = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.add(), { rootMargin: "600px" });
    near.observe(this.more);
  }

  show(items: Item[]): void {
    this.patterns = byPattern(items);
    this.shown = 0;
    this.cards.replaceChildren();
    if (items.length === 0) {
      replace(this.place, h("p", { class: "empty" }, this.report.items.length === 0 ? "No remote threads were found." : "No finding passes the filter."));
      return;
    }
    replace(this.place, this.cards, this.more);
    this.add();
  }

  private add(): void {
    const portion = this.patterns.slice(this.shown, this.shown + PORTION);
    portion.forEach((items, at) => this.cards.append(this.pattern(items, this.shown + at)));
    this.shown += portion.length;
    const rest = this.patterns.length - this.shown;
    this.more.hidden = rest === 0;
    this.more.textContent = `Show more of ${counted(rest, "further pattern")}`;
  }

  private pattern(items: Item[], at: number): HTMLElement {
    const worst = items[0] as Item;
    const isOpen = matters(worst.finding) && at < MAX_OPEN;
    return card(worst, this.report, { isOpen, open: this.open, below: this.others(items) });
  }

  private others(items: Item[]): HTMLElement | undefined {
    const rest = items.slice(1);
    if (rest.length === 0) return undefined;
    const computers = new Set(items.map((item) => item.computer)).size;
    const threads = items.reduce((sum, item) => sum + item.finding.count, 0);
    const on = computers > 1 ? ` on ${counted(computers, "computer")}` : "";
    const summary = `${counted(rest.length, "more pair")} of the same pattern${on}, ${counted(threads, "thread")} in all`;
    const details = h("details", { class: "others" }, h("summary", {}, summary));
    details.addEventListener("toggle", () => details.open && details.childElementCount === 1 && details.append(rows(rest, this.open)));
    return details;
  }
}

function byPattern(items: Item[]): Item[][] {
  const patterns = new Map<number, Item[]>();
  for (const item of items) {
    const pattern = patterns.get(item.pattern);
    if (pattern) pattern.push(item);
    else patterns.set(item.pattern, [item]);
  }
  return [...patterns.values()];
}
