// What is known of a process: a list of names and values.

import type { Process } from "../data.ts";
import { h, value, whole } from "../dom.ts";
import { toSecond } from "../text.ts";

/** Names of the facts, in the order in which they are told; other keys follow under their own names. */
const FACTS: Record<string, string> = {
  image: "program",
  other_images: "also said to be",
  pid: "pid",
  guid: "GUID",
  user: "account",
  other_users: "also as",
  command_line: "command line",
  created: "created",
  ended: "ended",
  company: "company",
  original_file_name: "built as",
  hashes: "hashes",
};

/** Told within another fact, or of no use to a reader. */
const TOLD = new Set(["image_resolved", "image_from_event", "created_from", "parent"]);

export function processFacts(process: Process, computer?: string): HTMLElement {
  const facts: HTMLElement[] = [];
  if (computer !== undefined) facts.push(fact("computer", computer));
  if (process.image === undefined) facts.push(fact("program", "unknown: no event of the input names it"));
  const others = Object.keys(process).filter((key) => !(key in FACTS) && !TOLD.has(key));
  for (const key of [...Object.keys(FACTS), ...others]) {
    const found = (process as Record<string, unknown>)[key];
    if (found !== undefined) facts.push(fact(FACTS[key] ?? key.replaceAll("_", " "), told(key, found, process)));
  }
  const parent = process.parent && h("div", { class: "fact" }, h("dt", {}, "started by"), h("dd", {}, processFacts(process.parent)));
  return h("dl", { class: "facts" }, facts, parent);
}

export function fact(name: string, text: string): HTMLElement {
  return h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value(text)));
}

/** The same for a raw record, where nothing is cut. */
export function rawFact(name: string, text: string): HTMLElement {
  return h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, whole(text)));
}

function told(key: string, found: unknown, process: Process): string {
  if (key === "created" && typeof found === "string") {
    return process.created_from === "guid" ? `${toSecond(found)}, by its GUID` : `${found}, by event 1`;
  }
  if (key === "image" && process.image_from_event !== undefined) return `${found} (named by event ${process.image_from_event})`;
  return plain(found);
}

/** Any JSON value as text for people. */
export function plain(found: unknown): string {
  if (Array.isArray(found) && found.every((each) => typeof each !== "object")) return found.join("; ");
  if (typeof found === "object" && found !== null) return JSON.stringify(found, null, 1).replace(/\s+/g, " ");
  return String(found);
}
