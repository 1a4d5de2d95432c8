// Which findings are shown: search, computer, source, target, severities and a span of time.
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
  span: { from: number; to: number } | undefined;
}

export function everything(): Filter {
  return { text: "", computer: "", source: "", target: "", severities: new Set(SEVERITIES), span: undefined };
}

export function isActive(filter: Filter): boolean {
  const isTyped = [filter.text, filter.computer, filter.source, filter.target].some((text) => text.trim() !== "");
  return isTyped || filter.severities.size < SEVERITIES.length || filter.span !== undefined;
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
      isWithin(item, filter.span) &&
      words.every((word) => item.text.includes(word)),
  );
}

function holds(text: string, part: string): boolean {
  return part === "" || text.toLowerCase().includes(part);
}

function isWithin(item: Item, span: Filter["span"]): boolean {
  if (!span) return true;
  if (item.first === undefined) return false;
  return item.first <= span.to && (item.last ?? item.first) >= span.from;
}
