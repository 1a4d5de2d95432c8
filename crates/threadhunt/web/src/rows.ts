// Findings as compact rows: a button each, a portion at a time.

import type { Item } from "./data.ts";
import { h, value } from "./dom.ts";
import type { Selection } from "./panel.ts";
import { startClass } from "./graph/model.ts";
import { badge } from "./card/badge.ts";
import { counted, toSecond } from "./text.ts";

const PORTION = 50;

/** A list of rows, each of which opens its finding; more come on demand. */
export function rows(items: Item[], open: (selection: Selection) => void): HTMLElement {
  const list = h("ul", { class: "rows" });
  const place = h("div", {}, list);
  const more = h("button", { type: "button", class: "more screen-only" });
  let shown = 0;
  const add = () => {
    const first = shown;
    for (const item of items.slice(shown, shown + PORTION)) list.append(row(item, open));
    shown = Math.min(items.length, shown + PORTION);
    more.textContent = `Show ${Math.min(PORTION, items.length - shown)} more of ${counted(items.length - shown, "row")}`;
    if (shown === items.length) more.remove();
    if (first > 0) list.children[first]?.querySelector("button")?.focus();
  };
  if (items.length > PORTION) place.append(more);
  more.addEventListener("click", add);
  add();
  return place;
}

function row(item: Item, open: (selection: Selection) => void): HTMLElement {
  const { finding } = item;
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "row", click: () => open({ kind: "finding", item }) },
      badge(finding),
      h("span", { class: "row-pair" }, value(item.source), h("span", { class: "arrow" }, " → "), value(item.target)),
      h("span", { class: "row-detail muted" }, `${startClass(finding)} · ${counted(finding.count, "thread")} · `, h("bdi", {}, item.computer), ` · ${toSecond(finding.first)}`),
    ),
  );
}
