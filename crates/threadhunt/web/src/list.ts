// The findings as cards, a pattern each, worst first.
//
// A pattern shows its worst finding and counts the others, which a press lists; so one product
// that hooks everything is one card. Cards are made in portions as the reader comes near, and
// those that deserve a look are open, the first ones at least: a page of thousands stays quick.

import { holdsLess, leftOut, matters, type Item, type Report } from "./data.ts";
import { h, replace } from "./dom.ts";
import { card } from "./card/card.ts";
import type { Selection } from "./panel.ts";
import { rows } from "./rows.ts";
import { counted } from "./text.ts";

/** Cards made at first, and whenever the reader comes near the end. */
const AT_FIRST = 6;
const PORTION = 20;
/** Cards that are open from the start. */
const MAX_OPEN = 12;
/** Cards that are printed. */
const PRINTED = 200;

export class List {
  private patterns: Item[][] = [];
  private shown = 0;
  private readonly cards = h("div", { class: "cards" });
  private readonly more = h("button", { type: "button", class: "more screen-only" });
  private readonly left = h("p", { class: "print-only muted" });

  constructor(
    private readonly place: HTMLElement,
    private readonly report: Report,
    private readonly open: (selection: Selection) => void,
  ) {
    this.more.addEventListener("click", () => this.add());
    const near = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.add(), { rootMargin: "0px 0px 600px 0px" });
    near.observe(this.more);
    window.addEventListener("beforeprint", () => this.print());
  }

  show(items: Item[]): void {
    this.patterns = byPattern(items);
    this.shown = 0;
    this.cards.replaceChildren();
    if (items.length === 0) {
      replace(this.place, h("p", { class: "empty" }, this.nothing()));
      return;
    }
    replace(this.place, this.cards, this.more, this.left);
    this.add(AT_FIRST);
  }

  private nothing(): string {
    if (this.report.items.length > 0) return "No finding passes the filter.";
    return holdsLess(this.report) ? `${leftOut(this.report).join(", ")}.` : "No remote threads were found.";
  }

  /** On paper nobody can ask for more: all that deserve a look are there, open, and the rest is counted. */
  private print(): void {
    const worth = this.patterns.filter((items) => items.some((item) => matters(item.finding))).length;
    const wanted = Math.min(Math.max(worth, AT_FIRST), PRINTED);
    if (wanted > this.shown) this.add(wanted - this.shown);
    const cards = [...this.cards.querySelectorAll<HTMLDetailsElement>("details.card-fold")].slice(0, worth);
    for (const card of cards) {
      card.open = true;
      // The browser would tell of it only after it has printed.
      card.dispatchEvent(new Event("toggle"));
    }
  }

  private add(count = PORTION): void {
    const portion = this.patterns.slice(this.shown, this.shown + count);
    portion.forEach((items, at) => this.cards.append(this.pattern(items, this.shown + at)));
    this.shown += portion.length;
    const rest = this.patterns.length - this.shown;
    this.more.hidden = rest === 0;
    this.left.hidden = rest === 0;
    this.left.textContent = `${counted(rest, "further pattern")} not shown`;
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
