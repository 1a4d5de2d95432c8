// The injection graph: processes are nodes, by computer and GUID; findings are edges.
//
// What hangs together is a group, drawn by itself: an incident is mostly one group. A process
// that does the same to many others (a product that hooks, a console that is closed) would bury
// the rest, so such fans are folded into one node that unfolds. An edge lies on a hop where the
// target of one finding is the source of another and both deserve a look.

import { matters, processKey, rank, type Finding, type Item, type Process, type Severity } from "../data.ts";
import { baseName } from "../text.ts";

export interface ProcessNode {
  key: string;
  computer: string;
  process: Process;
  /** Findings in which it is the source, and the target. */
  out: Item[];
  in: Item[];
}

export interface Group {
  computer: string;
  items: Item[];
  nodes: ProcessNode[];
}

export interface DrawnNode {
  kind: "process" | "fold" | "parent";
  title: string;
  process?: Process;
  node?: ProcessNode;
  /** What unfolds a fold. */
  fold?: string;
  items: Item[];
}

export interface DrawnEdge {
  from: number;
  to: number;
  /** Empty for an edge that only says who started whom. */
  items: Item[];
  severity: Severity;
  label: string;
  count: number;
  /** Threads at starts of the class that is its label. */
  ofClass: number;
  isHop: boolean;
}

export interface Picture {
  nodes: DrawnNode[];
  edges: DrawnEdge[];
  /** Pairs that did not fit. */
  leftOut: number;
}

/** Edges of one drawing; the worst ones are drawn. */
const MAX_EDGES = 80;
/** A fan of this many harmless pairs is folded; one that deserves a look only beyond more. */
const FOLD_FROM = 3;
const FOLD_BEYOND = 8;
/** Members that an unfolded fan shows. */
const UNFOLDED = 40;

/** All processes of the findings, by key. */
function processes(items: Item[]): Map<string, ProcessNode> {
  const nodes = new Map<string, ProcessNode>();
  const node = (key: string, computer: string, process: Process) => {
    let found = nodes.get(key);
    if (!found) nodes.set(key, (found = { key, computer, process, out: [], in: [] }));
    return found;
  };
  for (const item of items) {
    node(item.sourceKey, item.computer, item.finding.source).out.push(item);
    node(item.targetKey, item.computer, item.finding.target).in.push(item);
  }
  return nodes;
}

/** What hangs together, the worst first; `items` come worst first. */
export function groups(items: Item[]): Group[] {
  const nodes = processes(items);
  const seen = new Set<ProcessNode>();
  const all: Group[] = [];
  for (const item of items) {
    const start = nodes.get(item.sourceKey);
    if (start && !seen.has(start)) all.push(reached(start, nodes, seen));
  }
  return all;
}

/** The group of a process. */
function reached(start: ProcessNode, nodes: Map<string, ProcessNode>, seen: Set<ProcessNode>): Group {
  const group: Group = { computer: start.computer, items: [], nodes: [] };
  const waiting = [start];
  const reach = (key: string) => {
    const next = nodes.get(key);
    if (!next || seen.has(next)) return;
    seen.add(next);
    waiting.push(next);
  };
  seen.add(start);
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    group.nodes.push(node);
    for (const item of node.out) {
      group.items.push(item);
      reach(item.targetKey);
    }
    for (const item of node.in) reach(item.sourceKey);
  }
  group.items.sort((a, b) => a.place - b.place);
  return group;
}

/** The findings that lie on hops. */
export function hops(group: Group): Set<Item> {
  const found = new Set<Item>();
  for (const node of group.nodes) {
    for (const into of node.in.filter((item) => matters(item.finding))) {
      const later = (out: Item) => (out.last ?? Infinity) >= (into.first ?? -Infinity);
      for (const out of node.out.filter((item) => matters(item.finding) && later(item))) {
        found.add(into).add(out);
      }
    }
  }
  return found;
}

/** The drawing of a group; `unfolded` names the folds that are open. */
export function picture(group: Group, unfolded: Set<string>): Picture {
  const drawing = new Drawing(group);
  const { single, folds } = folded(group, unfolded);
  for (const item of single.slice(0, MAX_EDGES)) drawing.pair(item);
  for (const item of single.slice(0, MAX_EDGES)) drawing.parent(item);
  for (const fold of folds.slice(0, Math.max(4, MAX_EDGES - single.length))) drawing.fold(fold);
  const drawn = new Set(drawing.edges.flatMap((edge) => edge.items));
  return { nodes: drawing.nodes, edges: drawing.edges, leftOut: group.items.length - drawn.size };
}

interface Fold {
  key: string;
  isFanOut: boolean;
  items: Item[];
}

/** Splits the pairs into those drawn singly and those of fans. */
function folded(group: Group, unfolded: Set<string>): { single: Item[]; folds: Fold[] } {
  const byKey = new Map(group.nodes.map((node) => [node.key, node]));
  const fans = new Map<string, Fold>();
  const single: Item[] = [];
  for (const item of group.items) {
    const fan = fanOf(item, byKey);
    if (!fan) single.push(item);
    else if (fans.has(fan.key)) fans.get(fan.key)?.items.push(item);
    else fans.set(fan.key, fan);
  }
  const folds: Fold[] = [];
  for (const fan of fans.values()) {
    const shown = unfolded.has(fan.key) ? UNFOLDED : shownOf(fan);
    single.push(...fan.items.slice(0, shown));
    if (fan.items.length > shown) folds.push({ ...fan, items: fan.items.slice(shown) });
  }
  return { single: single.sort((a, b) => a.place - b.place), folds };
}

function shownOf(fan: Fold): number {
  const isWorth = fan.items.some((item) => matters(item.finding));
  if (isWorth) return fan.items.length > FOLD_BEYOND ? FOLD_BEYOND - 1 : fan.items.length;
  return fan.items.length >= FOLD_FROM ? 0 : fan.items.length;
}

/** The fan that a pair would be folded into: of those that deserve a look, one end does nothing else. */
function fanOf(item: Item, nodes: Map<string, ProcessNode>): Fold | undefined {
  const source = nodes.get(item.sourceKey);
  const target = nodes.get(item.targetKey);
  if (!source || !target) return undefined;
  const kind = `${startClass(item.finding)}|${item.finding.severity}`;
  const isHarmless = !matters(item.finding);
  if ((target.in.length === 1 && target.out.length === 0) || (isHarmless && source.out.length >= FOLD_FROM)) {
    return { key: `out|${source.key}|${kind}`, isFanOut: true, items: [item] };
  }
  if ((source.out.length === 1 && source.in.length === 0) || (isHarmless && target.in.length >= FOLD_FROM)) {
    return { key: `in|${target.key}|${kind}`, isFanOut: false, items: [item] };
  }
  return undefined;
}

export function startClass(finding: Finding): string {
  return finding.start?.class ?? finding.starts[0]?.class ?? "no start";
}

/** Threads that start at places of a class. */
function threadsOfClass(finding: Finding, name: string): number {
  return finding.starts.filter((start) => start.class === name).reduce((sum, start) => sum + start.count, 0);
}

/** A drawing in the making. */
class Drawing {
  readonly nodes: DrawnNode[] = [];
  readonly edges: DrawnEdge[] = [];
  private readonly places = new Map<string, number>();
  private readonly byKey: Map<string, ProcessNode>;
  private readonly onHop: Set<Item>;

  constructor(group: Group) {
    this.byKey = new Map(group.nodes.map((node) => [node.key, node]));
    this.onHop = hops(group);
  }

  pair(item: Item): void {
    const from = this.process(item.computer, item.finding.source);
    const to = this.process(item.computer, item.finding.target);
    this.edge(from, to, [item]);
  }

  fold(fold: Fold): void {
    const item = fold.items[0] as Item;
    const known = this.process(item.computer, fold.isFanOut ? item.finding.source : item.finding.target);
    const names = new Set(fold.items.map((each) => (fold.isFanOut ? each.target : each.source)));
    const more = this.edges.some((edge) => edge.items.length > 0 && (fold.isFanOut ? edge.from : edge.to) === known) ? "more " : "";
    const what = names.size === 1 ? `${[...names][0]}` : `${more}${fold.isFanOut ? "targets" : "sources"}`;
    const title = names.size === 1 ? `${fold.items.length} × ${what}` : `${fold.items.length} ${what}`;
    const at = this.nodes.push({ kind: "fold", title, fold: fold.key, items: fold.items }) - 1;
    this.edge(fold.isFanOut ? known : at, fold.isFanOut ? at : known, fold.items);
  }

  /** Who started a source that deserves a look. */
  parent(item: Item): void {
    const parent = item.finding.source.parent;
    if (!parent?.guid || !matters(item.finding)) return;
    const to = this.process(item.computer, item.finding.source);
    const key = processKey(item.computer, parent);
    let from = this.places.get(key);
    if (from === undefined) {
      from = this.nodes.push({ kind: "parent", title: baseName(parent.image), process: parent, items: [] }) - 1;
      this.places.set(key, from);
    }
    if (this.edges.some((edge) => edge.from === from && edge.to === to && edge.items.length === 0)) return;
    this.edges.push({ from, to, items: [], severity: "info", label: "started", count: 0, ofClass: 0, isHop: false });
  }

  private process(computer: string, process: Process): number {
    const key = processKey(computer, process);
    let place = this.places.get(key);
    if (place === undefined) {
      const node = this.byKey.get(key);
      place = this.nodes.push({ kind: "process", title: baseName(process.image), process, items: [] }) - 1;
      if (node) (this.nodes[place] as DrawnNode).node = node;
      this.places.set(key, place);
    }
    return place;
  }

  private edge(from: number, to: number, items: Item[]): void {
    const worst = items.reduce((a, b) => (rank(b.finding.severity) < rank(a.finding.severity) ? b : a));
    this.edges.push({
      from,
      to,
      items,
      severity: worst.finding.severity,
      label: startClass(worst.finding),
      count: items.reduce((sum, item) => sum + item.finding.count, 0),
      ofClass: items.reduce((sum, item) => sum + threadsOfClass(item.finding, startClass(worst.finding)), 0),
      isHop: items.some((item) => this.onHop.has(item)),
    });
  }
}
