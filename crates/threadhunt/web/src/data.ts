// The report's data: the objects of `scan --format jsonl`, and an index over the findings.
//
// The types name what the page knows; docs/scan-json.md documents it all. Objects of other
// kinds are left alone, and keys that are not known here are still shown, by name.

import { baseName, counted, moment } from "./text.ts";

export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Evidence {
  file: string;
  member?: string;
  record_id?: number;
  offset?: number;
  line?: number;
  recovered?: boolean;
}

export interface Process {
  guid?: string;
  pid?: number;
  image?: string;
  image_from_event?: number;
  other_images?: string[];
  user?: string;
  created?: string;
  created_from?: string;
  ended?: string;
  command_line?: string;
  hashes?: string;
  company?: string;
  original_file_name?: string;
  parent?: Process;
}

export interface Start {
  class: string;
  kind: string;
  module?: string;
  function?: string;
  offset_low16?: string;
  count: number;
  addresses: string[];
  first?: string;
  last?: string;
}

export interface Entry {
  group: string;
  rule: string;
  title: string;
  bits: number;
  adds: number;
}

export interface Ledger {
  prior: number;
  entries: Entry[];
  sum: number;
  limits: { severity: string; reason: string }[];
}

export interface Step {
  step: string;
  state: string;
  time?: string;
  text: string;
  evidence?: Evidence;
}

/** A line of a configuration that would have hidden threads of a finding. */
export interface HiddenBy {
  config: string;
  line?: number;
  why: string;
  rule?: string;
  threads: number;
}

/** Who accepted a pattern, until when and why. */
export interface Acceptance {
  reason: string;
  owner: string;
  expires: string;
}

export interface Finding {
  kind: "finding";
  id: string;
  severity: Severity;
  score: number;
  confidence: string;
  technique?: string;
  rule_techniques?: string[];
  title: string;
  computer?: string;
  source: Process;
  target: Process;
  start?: Start;
  starts: Start[];
  count: number;
  copies?: number;
  first?: string;
  last?: string;
  ledger: Ledger;
  chain: Step[];
  hidden_by: HiddenBy[];
  accepted?: Acceptance;
  sigma?: { rule_id?: string; title: string; severity: Severity }[];
  benign_if: string[];
  notes: string[];
  rule_names?: string[];
  thread_ids?: number[];
  evidence: Evidence[];
  evidence_total: number;
}

export interface Coverage {
  kind: "coverage";
  computer?: string;
  first?: string;
  last?: string;
  records: number;
  events: Record<string, number>;
  event_8_seen: boolean;
  recovered?: number;
  copies?: number;
  channels: { channel?: string; gaps: number; missing_ids: number; looks_filtered: boolean }[];
  configurations?: { time?: string; file?: string; hash?: string }[];
  service?: { time?: string; state?: string; version?: string }[];
  errors?: { time?: string; name?: string; description?: string }[];
  schema_versions?: string[];
  tampered?: { processes: number; in_no_finding: number; more_processes?: boolean; examples: Process[] };
}

/** What a Sigma rule found on a computer. */
export interface SigmaFinding {
  kind: "sigma";
  id: string;
  severity: Severity;
  title: string;
  computer?: string;
  count: number;
  first?: string;
  last?: string;
  fields?: { name: string; values: string[] }[];
  processes?: (Process & { role?: string })[];
  evidence?: Evidence[];
  [key: string]: unknown;
}

/** A raw event as `events --format jsonl` prints it; docs/json-lines.md documents it. */
export interface RawEvent {
  event_id?: number;
  event?: string;
  record_id?: number;
  fields?: Record<string, unknown>;
  source?: { file?: string; member?: string };
  [key: string]: unknown;
}

/** A finding with what is looked up often. */
export interface Item {
  finding: Finding;
  /** Its place among all findings, worst first. */
  place: number;
  /** The pattern that it belongs to. */
  pattern: number;
  /** What a search looks into, in lower case. */
  text: string;
  computer: string;
  source: string;
  target: string;
  /** What tells its processes apart. */
  sourceKey: string;
  targetKey: string;
  /** Its first and last thread, in milliseconds since 1970. */
  first: number | undefined;
  last: number | undefined;
}

/** Findings that were asked to be left out of the page: in words, and how many. */
export interface LeftOut {
  words: string;
  findings: number;
  sigma: number;
}

export interface Report {
  version: string;
  leftOut: LeftOut[];
  items: Item[];
  coverage: Coverage[];
  sigma: SigmaFinding[];
  /** The raw events of a finding that the page carries. */
  events: (item: Item) => RawEvent[];
}

/** Raw events, and which of them each finding has. */
interface Events {
  of: Record<string, number[]>;
  all: RawEvent[];
}

/** How bad: 0 is the worst. */
export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** Whether it deserves a look: medium and above, and nobody accepted it. */
export function matters(finding: Finding): boolean {
  return rank(finding.severity) <= 2 && finding.accepted === undefined;
}

/** What was left out, a part each: `40 findings left out (below critical)`. */
export function leftOut(report: Report): string[] {
  const part = (count: number, what: string, words: string) => (count > 0 ? [`${counted(count, "finding")}${what} left out (${words})`] : []);
  return report.leftOut.flatMap(({ words, findings, sigma }) => [...part(findings, "", words), ...part(sigma, " of Sigma rules", words)]);
}

/** Whether threads were found that the page does not hold. */
export function holdsLess(report: Report): boolean {
  return report.leftOut.some((each) => each.findings > 0);
}

export function computerName(name: string | undefined): string {
  return name || "computer unknown";
}

/** What tells processes apart: without a GUID, what event 8 says of them. */
export function processKey(computer: string, process: Process): string {
  return [computer, process.guid ?? `${process.pid ?? "?"}|${process.image ?? "?"}`].join("|").toLowerCase();
}

function block(id: string): unknown {
  return JSON.parse(document.getElementById(id)?.textContent || "null");
}

/** Reads what the page carries. */
export function read(): Report {
  const about = block("about") as { version?: string; filters?: LeftOut[] } | null;
  const objects = (block("objects") as { kind?: string }[] | null) ?? [];
  const patterns = (block("patterns") as number[] | null) ?? [];
  const of = <T>(kind: string) => objects.filter((object) => object?.kind === kind) as unknown as T[];
  const events = (block("events") as Events | null) ?? { of: {}, all: [] };
  return {
    version: about?.version ?? "",
    leftOut: about?.filters ?? [],
    items: of<Finding>("finding").map((finding, place) => indexed(finding, place, patterns[place] ?? -1 - place)),
    coverage: of<Coverage>("coverage"),
    sigma: of<SigmaFinding>("sigma"),
    events: (item) => (events.of[item.finding.id] ?? []).map((number) => events.all[number]).filter((event) => event !== undefined),
  };
}

function indexed(finding: Finding, place: number, pattern: number): Item {
  const computer = computerName(finding.computer);
  const processes = [finding.source, finding.target].flatMap((process) => [
    process.image ?? "<unknown process>",
    process.pid,
    process.guid,
    process.user,
    process.command_line,
    process.hashes,
    process.parent?.image,
  ]);
  const starts = finding.starts.flatMap((start) => [start.class, start.module, start.function, ...start.addresses]);
  const words = [finding.id, finding.title, computer, finding.technique, finding.rule_names?.join("\n")];
  const added = [finding.accepted ? `accepted ${finding.accepted.owner}` : undefined, ...(finding.sigma ?? []).map((rule) => rule.title)];
  return {
    finding,
    place,
    pattern,
    text: [...words, ...added, ...processes, ...starts].filter((word) => word !== undefined).join("\n").toLowerCase(),
    computer,
    source: baseName(finding.source.image),
    target: baseName(finding.target.image),
    sourceKey: processKey(computer, finding.source),
    targetKey: processKey(computer, finding.target),
    first: moment(finding.first),
    last: moment(finding.last),
  };
}
