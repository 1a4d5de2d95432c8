// Matches of Sigma rules, where the scan was given some: a row each, with its keys as they are.

import type { SigmaMatch } from "./data.ts";
import { h, value } from "./dom.ts";
import { counted } from "./text.ts";
import { fact, plain } from "./card/process.ts";

const PORTION = 100;
const HEAD = ["level", "title", "computer", "time"];

export function sigma(matches: SigmaMatch[]): HTMLElement {
  const list = h("div", { class: "cards" }, matches.slice(0, PORTION).map(match));
  if (matches.length <= PORTION) return list;
  const more = h("button", { type: "button", class: "more screen-only" }, `Show more of ${counted(matches.length - PORTION, "further match", "further matches")}`);
  let shown = PORTION;
  more.addEventListener("click", () => {
    list.append(...matches.slice(shown, shown + PORTION).map(match));
    shown += PORTION;
    if (shown >= matches.length) more.remove();
  });
  return h("div", {}, list, more);
}

function match(of: SigmaMatch): HTMLElement {
  const rest = Object.entries(of).filter(([key]) => !["kind", "schema_version", ...HEAD].includes(key));
  const text = (key: string) => (of[key] === undefined ? undefined : plain(of[key]));
  const level = text("level") ?? "match";
  return h(
    "details",
    { class: "card sigma" },
    h("summary", {}, h("span", { class: `badge sev-${/^(critical|high|medium|low)$/.test(level) ? level : "info"}` }, level), " ", h("strong", {}, value(text("title") ?? text("id") ?? "rule")), " ", h("span", { class: "muted" }, [text("computer"), text("time")].filter(Boolean).join(" · "))),
    h("dl", { class: "facts" }, rest.map(([key, found]) => fact(key.replaceAll("_", " "), plain(found)))),
  );
}
