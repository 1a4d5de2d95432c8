// The timeline: a lane for each computer, the worst first, and a mark wherever threads began.
//
// Logs of an investigation are mostly empty: long silences are cut out, with a break in the axis,
// so that what happened within seconds does not shrink to a point. Findings that would fall on
// each other are one mark, as large as they are many and as red as the worst of them. Within a
// lane the arrow keys move from mark to mark.

import { SEVERITIES, rank, type Item, type Severity } from "./data.ts";
import { h, pressable, replace, svg } from "./dom.ts";
import type { Selection } from "./panel.ts";
import { counted, shortened, span, toMinute, toSecond, toSeconds } from "./text.ts";

const MAX_LANES = 10;
const MAX_STRETCHES = 6;
const LANE = 30;
const TOP = 8;
const AXIS = 42;
/** Marks closer than this are one. */
const CLOSE = 14;
const BREAK = 26;

interface Timed {
  item: Item;
  at: number;
}

/** A time without long silence, and where it is drawn. */
interface Stretch {
  from: number;
  to: number;
  left: number;
  width: number;
}

interface Lane {
  name: string;
  items: Timed[];
}

export class Timeline {
  private items: Item[] = [];
  private width = 0;

  constructor(
    private readonly place: HTMLElement,
    private readonly open: (selection: Selection) => void,
  ) {
    this.width = place.clientWidth;
    new ResizeObserver(([entry]) => this.resize(entry?.contentRect.width ?? 0)).observe(place);
  }

  private resize(width: number): void {
    if (width === 0 || Math.abs(width - this.width) < 4) return;
    this.width = width;
    this.draw();
  }

  show(items: Item[]): void {
    this.items = items;
    this.draw();
  }

  private draw(): void {
    const timed = this.items.flatMap((item) => (item.first === undefined ? [] : [{ item, at: item.first }]));
    if (timed.length === 0) {
      replace(this.place, h("p", { class: "empty" }, "No threads with a time to show."));
      return;
    }
    const names = this.width < 600 ? 0 : 170;
    const width = Math.max(this.width, 280);
    const room = { left: names + 12, width: width - names - 24 };
    const stretches = stretched(timed.map(({ at }) => at).sort((a, b) => a - b), room);
    const lanes = lanesOf(timed);
    const step = names > 0 ? LANE : LANE + 14;
    const height = TOP + lanes.length * step + AXIS;
    const untimed = this.items.length - timed.length;
    replace(
      this.place,
      svg(
        "svg",
        { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Threads by time and computer" },
        stretches.map((stretch) => axis(stretch, TOP + lanes.length * step, stretches.length)),
        lanes.map((lane, at) => this.lane(lane, TOP + at * step + step - LANE / 2, stretches, names)),
      ),
      untimed > 0 && h("p", { class: "muted" }, `${counted(untimed, "finding")} without a time ${untimed === 1 ? "is" : "are"} not on it.`),
    );
  }

  private lane(lane: Lane, y: number, stretches: Stretch[], names: number): SVGElement {
    const marks = marksOf(lane, stretches).map((mark) => this.mark(mark, y));
    marks.slice(1).forEach((mark) => mark.setAttribute("tabindex", "-1"));
    const first = stretches[0]?.left ?? 0;
    const name = fitted(lane.name, names > 0 ? names - 12 : this.width - 24);
    const label =
      names > 0
        ? svg("text", { class: "lane-name", x: names - 4, y: y + 4, "text-anchor": "end" }, name)
        : svg("text", { class: "lane-name", x: first, y: y - LANE / 2 }, name);
    const lines = stretches.map((stretch) => svg("line", { class: "lane-line", x1: stretch.left, x2: stretch.left + stretch.width, y1: y, y2: y }));
    const dots = stretches.slice(1).map((stretch) => svg("line", { class: "lane-gap", x1: stretch.left - BREAK, x2: stretch.left, y1: y, y2: y }));
    return svg("g", { keydown: (event: KeyboardEvent) => walk(event, marks) }, svg("title", {}, lane.name), dots, lines, label, marks);
  }

  private mark(mark: Mark, y: number): SVGElement {
    const { items, x, severity } = mark;
    const first = items[0] as Timed;
    const name =
      items.length === 1
        ? `${severity}: ${first.item.source} to ${first.item.target}, ${toSecond(first.item.finding.first)}`
        : `${counted(items.length, "finding")}, at worst ${severity}, from ${toMinute(first.at)}`;
    const press = () =>
      this.open(
        items.length === 1
          ? { kind: "finding", item: first.item }
          : { kind: "items", title: `${first.item.computer}, ${toMinute(first.at)}`, items: items.map(({ item }) => item).sort((a, b) => a.place - b.place) },
      );
    const radius = Math.min(8, 5 + Math.sqrt(items.length - 1) * 0.6);
    return svg(
      "g",
      { class: `mark-at sev-${severity}`, ...pressable(name, press) },
      svg("title", {}, name),
      svg("circle", { class: "target", cx: x, cy: y, r: Math.max(radius, 12) }),
      svg("circle", { class: "dot", cx: x, cy: y, r: radius }),
    );
  }
}

/** The font of a lane's name, as the style sheet has it. */
const NAME_FONT = "12.5px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif";
let pen: CanvasRenderingContext2D | null | undefined;

/** A name without its middle, where it is wider than its place. */
function fitted(name: string, room: number): string {
  pen ??= document.createElement("canvas").getContext("2d");
  if (pen) pen.font = NAME_FONT;
  const width = (text: string) => pen?.measureText(text).width ?? text.length * 7.5;
  let most = Math.min(80, Math.max(6, Math.floor(room / 4)));
  while (most > 6 && width(shortened(name, most)) > room) most -= 1;
  return shortened(name, most);
}

function walk(event: KeyboardEvent, marks: SVGElement[]): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined) return;
  const at = marks.findIndex((mark) => mark === document.activeElement);
  const next = marks[at + step];
  if (!next) return;
  event.preventDefault();
  marks.forEach((mark) => mark.setAttribute("tabindex", mark === next ? "0" : "-1"));
  next.focus();
}

/** Cuts the longest silences out and shares the room among what is left. */
function stretched(times: number[], room: { left: number; width: number }): Stretch[] {
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0];
  const most = Math.max(1, Math.min(MAX_STRETCHES, Math.floor(room.width / 140)));
  const gaps = times
    .slice(1)
    .map((to, at) => ({ from: times[at] ?? to, to }))
    .filter((gap) => gap.to - gap.from > Math.max(60_000, (last - first) / 12))
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, most - 1)
    .sort((a, b) => a.from - b.from);
  const froms = [first, ...gaps.map((gap) => gap.to)];
  const tos = [...gaps.map((gap) => gap.from), last];
  const weights = froms.map((from, at) => Math.log2(2 + ((tos[at] ?? from) - from) / 1000));
  const total = weights.reduce((a, b) => a + b, 0);
  const shared = room.width - BREAK * (froms.length - 1);
  let left = room.left;
  return froms.map((from, at) => {
    const width = shared * (0.5 / froms.length + (0.5 * (weights[at] ?? 0)) / total);
    const stretch = { from, to: tos[at] ?? from, left, width };
    left += width + BREAK;
    return stretch;
  });
}

function place(at: number, stretches: Stretch[]): number {
  const stretch = stretches.findLast((each) => each.from <= at) ?? stretches[0];
  if (!stretch) return 0;
  const inner = Math.max(0, stretch.width - 24);
  const share = stretch.to > stretch.from ? (at - stretch.from) / (stretch.to - stretch.from) : 0.5;
  return stretch.left + 12 + inner * Math.min(1, Math.max(0, share));
}

/** The lanes of the computers with the worst findings; the others share one. */
function lanesOf(timed: Timed[]): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const each of timed) {
    const lane = lanes.get(each.item.computer);
    if (lane) lane.items.push(each);
    else lanes.set(each.item.computer, { name: each.item.computer, items: [each] });
  }
  const all = [...lanes.values()];
  if (all.length <= MAX_LANES) return all;
  const rest = all.slice(MAX_LANES - 1);
  return [...all.slice(0, MAX_LANES - 1), { name: `${rest.length} more computers`, items: rest.flatMap((lane) => lane.items) }];
}

interface Mark {
  x: number;
  items: Timed[];
  severity: Severity;
}

function marksOf(lane: Lane, stretches: Stretch[]): Mark[] {
  const marks: Mark[] = [];
  for (const each of [...lane.items].sort((a, b) => a.at - b.at)) {
    const x = place(each.at, stretches);
    const last = marks.at(-1);
    if (last && x - last.x < CLOSE) last.items.push(each);
    else marks.push({ x, items: [each], severity: "info" });
  }
  for (const mark of marks) {
    mark.severity = SEVERITIES[Math.min(...mark.items.slice(0, 10_000).map(({ item }) => rank(item.finding.severity)))] ?? "info";
  }
  return marks;
}

function axis(stretch: Stretch, y: number, count: number): SVGElement {
  const { from, to, left, width } = stretch;
  const spell = to - from < 600_000 ? toSeconds : toMinute;
  const [start, end] = [spell(from), spell(to)];
  const isPoint = to - from < 1000;
  const until = start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end.slice(0, 10);
  const fits = !isPoint && width > (count > 1 ? 150 : 100);
  return svg(
    "g",
    { class: "axis" },
    svg("line", { class: "axis-line", x1: left, x2: left + width, y1: y + 4, y2: y + 4 }),
    svg("text", { x: left, y: y + 20 }, `${start.slice(0, 10)}`),
    svg("text", { x: left, y: y + 34, class: "axis-time" }, start.slice(11), isPoint ? "" : ` · ${span(to - from)}`),
    fits && svg("text", { x: left + width, y: y + 20, "text-anchor": "end" }, until),
  );
}
