// Which findings are shown: search, computer, source, target and severities.
//
// A finding passes when all of them hold. Words of a search must each occur somewhere in the
// finding, in any order. Ten thousand findings take a few milliseconds, so nothing is indexed
// beyond the lower-case text of each.

import { SEVERITIES, type Item, type Severity } from "./data.ts";

export interface Filter {
  text: string;
  computer: string;
  source: string;
  target: string;
  severities: Set<Severity>;
}

export function everything(): Filter {
  return { text: "", computer: "", source: "", target: "", severities: new Set(SEVERITIES) };
}

export function isActive(filter: Filter): boolean {
  const isTyped = [filter.text, filter.computer, filter.source, filter.target].some((text) => text.trim() !== "");
  return isTyped || filter.severities.size < SEVERITIES.length;
}

/** The findings that pass, in their order. */
export function passing(items: Item[], filter: Filter): Item[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const [computer, source, target] = [filter.computer, filter.source, filter.target].map((text) =>
    text.trim().toLowerCase(),
  ) as [string, string, string];
  return items.filter(
    (item) =>
      filter.severities.has(item.finding.severity) &&
      holds(item.computer, computer) &&
      holds(item.finding.source.image ?? item.source, source) &&
      holds(item.finding.target.image ?? item.target, target) &&
      words.every((word) => item.text.includes(word)),
  );
}

function holds(text: string, part: string): boolean {
  return part === "" || text.toLowerCase().includes(part);
}
