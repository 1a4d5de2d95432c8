// The drawing of the injection graph: a figure for each group, worst first.
//
// Nodes and edges are buttons: a click, Enter or Space opens the process or the finding. Wide
// drawings scroll within their figure. Groups in which nothing deserves a look are counted and
// drawn on demand, a few at a time, so that the page stays fast however many there are.

import { matters, type Item } from "../data.ts";
import { h, pressable, replace, svg } from "../dom.ts";
import type { Selection } from "../panel.ts";
import { counted, ofAll, points, shortened, toMinute, toSecond } from "../text.ts";
import { layout, type Drawing, type Point } from "./layout.ts";
import { groups, picture, type DrawnEdge, type DrawnNode, type Group, type Picture } from "./model.ts";

const NODE = { width: 184, height: 48 };
const PILL = { width: 152, height: 38 };
const STARTED = { width: 58, height: 20 };
const MARGIN = 6;
/** Drawings shrink to fit by no more than this. */
const SMALLEST = 0.82;
/** Behind the worst edge of a drawing that has to be scrolled. */
const AFTER_WORST = 72;
/** Groups drawn at once, and more with each press. */
const AT_ONCE = 8;

type Open = (selection: Selection) => void;

/** The section with all figures; it is drawn anew for other findings. */
export class Graph {
  private shown = 0;
  private all: Group[] = [];
  private readonly unfolded = new Set<string>();

  constructor(
    private readonly place: HTMLElement,
    private readonly open: Open,
  ) {}

  show(items: Item[]): void {
    this.all = groups(items);
    const worth = this.all.filter((group) => group.items.some((item) => matters(item.finding))).length;
    this.shown = Math.min(AT_ONCE, worth || Math.min(this.all.length, 3));
    this.draw();
  }

  private draw(): void {
    if (this.all.length === 0) {
      replace(this.place, h("p", { class: "empty" }, "No pairs of processes to draw."));
      return;
    }
    const figures = this.all.slice(0, this.shown).map((group) => this.figure(group));
    replace(this.place, legend(), h("div", { class: "groups" }, figures), this.rest());
    this.place.querySelectorAll<HTMLElement>(".drawing").forEach(toWorst);
  }

  private rest(): HTMLElement | undefined {
    const rest = this.all.slice(this.shown);
    if (rest.length === 0) return undefined;
    const pairs = rest.reduce((sum, group) => sum + group.items.length, 0);
    const isWorth = rest.some((group) => group.items.some((item) => matters(item.finding)));
    const word = isWorth ? "" : " below medium";
    const more = Math.min(AT_ONCE, rest.length);
    const draw = () => {
      this.shown += AT_ONCE;
      const first = this.place.querySelectorAll("figure").length;
      this.draw();
      this.place.querySelectorAll<HTMLElement>("figure .drawing")[first]?.focus();
    };
    return h(
      "p",
      { class: "rest" },
      `${counted(rest.length, "group")} with ${counted(pairs, "pair")}${word} ${rest.length === 1 ? "is" : "are"} not drawn. `,
      h("button", { type: "button", class: "link screen-only", click: draw }, more === rest.length ? "Draw them" : `Draw ${more} more`),
    );
  }

  private figure(group: Group): HTMLElement {
    const place = h("figure", { class: "group" });
    const fill = () => {
      const drawn = picture(group, this.unfolded);
      const unfold = (node: DrawnNode) => {
        if (node.fold) this.unfolded.add(node.fold);
        fill();
        place.querySelector<HTMLElement>(".drawing")?.focus();
      };
      const drawing = draw(drawn, this.open, unfold);
      place.style.setProperty("flex-basis", `${Math.round(drawing.viewBox.baseVal.width * 0.9) + 30}px`);
      replace(
        place,
        caption(group, drawn),
        h("div", { class: "drawing", tabindex: 0, role: "group", "aria-label": `Injection graph of ${group.computer}` }, drawing),
      );
    };
    fill();
    return place;
  }
}

/** Scrolls a drawing that is wider than its place to where its worst edge is. */
function toWorst(drawing: HTMLElement): void {
  if (drawing.scrollWidth <= drawing.clientWidth) return;
  const worst = drawing.querySelector(".pill.worst")?.getBoundingClientRect();
  if (!worst) return;
  const place = drawing.getBoundingClientRect();
  // Whose thread it is stands before the edge; of what comes after it, the beginning must do.
  const after = Math.min(AFTER_WORST, (place.width - worst.width) / 2);
  drawing.scrollLeft += worst.right + after - place.right;
}

function legend(): HTMLElement {
  const key = (className: string, text: string, howTo = "") =>
    h("li", {}, h("span", { class: `key ${className}`, "aria-hidden": "true" }), h("span", {}, text, h("span", { class: "screen-only" }, howTo)));
  return h(
    "ul",
    { class: "legend" },
    key("key-edge", "created a thread in"),
    key("key-hop", "a hop: injected into, and went on"),
    key("key-started", "started"),
    key("key-fold", "folded", ": press to unfold"),
  );
}

function caption(group: Group, drawn: Picture): HTMLElement {
  const times = group.items.flatMap((item) => (item.first === undefined ? [] : [item.first, item.last ?? item.first]));
  const from = toMinute(times.reduce((a, b) => Math.min(a, b), times[0] ?? 0));
  const to = toMinute(times.reduce((a, b) => Math.max(a, b), times[0] ?? 0));
  const until = from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to;
  const when = times.length === 0 ? "no time" : from === to ? `${from}Z` : `${from} to ${until}Z`;
  const left = drawn.leftOut > 0 ? `, ${counted(drawn.leftOut, "pair")} left out` : "";
  return h(
    "figcaption",
    {},
    h("strong", {}, h("bdi", {}, group.computer)),
    h("span", { class: "muted" }, `${counted(group.nodes.length, "process", "processes")}, ${counted(group.items.length, "pair")}${left}, ${when}`),
  );
}

function draw(drawn: Picture, open: Open, unfold: (node: DrawnNode) => void): SVGSVGElement {
  const links = drawn.edges.map((edge) => ({ from: edge.from, to: edge.to, label: edge.items.length > 0 ? PILL : STARTED }));
  const placed = layout(drawn.nodes.map(() => NODE), links);
  const [width, height] = [Math.ceil(placed.width) + 2 * MARGIN, Math.ceil(placed.height) + 2 * MARGIN];
  const canvas = svg("g", { transform: `translate(${MARGIN} ${MARGIN})` });
  // Lines first: what is drawn later lies above.
  drawn.edges.forEach((edge, index) => canvas.append(course(edge, placed, index)));
  const worst = drawn.edges.reduce<DrawnEdge | undefined>((a, b) => (b.items.length > 0 && (!a || placeOf(b) < placeOf(a)) ? b : a), undefined);
  drawn.edges.forEach((edge, index) => {
    const drawnLabel = label(edge, drawn, placed.labels[index] as Point, open);
    if (edge === worst) drawnLabel.classList.add("worst");
    canvas.append(drawnLabel);
  });
  drawn.nodes.forEach((node, index) => canvas.append(box(node, placed.nodes[index] as Point, open, unfold)));
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}` }, canvas);
  // A little smaller where that saves scrolling; still readable.
  drawing.style.setProperty("--most", `${width}px`);
  drawing.style.setProperty("--least", `${Math.round(width * SMALLEST)}px`);
  return drawing;
}

/** The place of its worst finding among all. */
function placeOf(edge: DrawnEdge): number {
  return Math.min(...edge.items.slice(0, 10_000).map((item) => item.place));
}

function course(edge: DrawnEdge, placed: Drawing, index: number): SVGElement {
  const segments = placed.courses[index] ?? [];
  const path = segments.map(([from, to]) => {
    const bend = (to.x - from.x) / 2;
    return `M${from.x} ${from.y}C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
  });
  const last = segments.at(-1);
  const side = last && last[1].x < last[0].x ? 1 : -1;
  const head = last && svg("path", { class: "head", d: `M${last[1].x} ${last[1].y}l${side * 8} -4.5v9z` });
  const kind = edge.items.length === 0 ? "started" : `sev-${edge.severity}`;
  const line = svg("path", { class: "line", d: path.join("") });
  return svg("g", { class: `edge ${kind}${edge.isHop ? " hop" : ""}`, "aria-hidden": "true" }, line, head);
}

function label(edge: DrawnEdge, drawn: Picture, at: Point, open: Open): SVGElement {
  if (edge.items.length === 0) {
    return svg("text", { class: "started-label", x: at.x, y: at.y + 4, "text-anchor": "middle", "aria-hidden": "true" }, "started");
  }
  const [from, to] = [drawn.nodes[edge.from]?.title, drawn.nodes[edge.to]?.title];
  const worst = edge.items[0] as Item;
  const name = `${edge.severity}: ${from} to ${to}, ${edge.label}, ${ofAll(edge.ofClass, edge.count)}`;
  const select = () =>
    open(edge.items.length === 1 ? { kind: "finding", item: worst } : { kind: "items", title: `${from} → ${to}`, items: edge.items });
  const { width, height } = PILL;
  const [left, top] = [at.x - width / 2, at.y - height / 2];
  const all = edge.count > 1 ? ` ×${edge.count}` : "";
  const count = edge.ofClass < edge.count ? ` ${edge.ofClass} of ${edge.count}` : all;
  const below = `${edge.severity} ${points(worst.finding.score)}${worst.finding.first ? ` · ${toSecond(worst.finding.first).slice(11, 19)}` : ""}`;
  return svg(
    "g",
    { class: `pill sev-${edge.severity}${edge.isHop ? " hop" : ""}`, ...pressable(name, select) },
    svg("title", {}, name),
    svg("rect", { class: "shape", x: left, y: top, width, height, rx: 8 }),
    svg("text", { class: "pill-class", x: at.x, y: at.y - 3, "text-anchor": "middle" }, shortened(edge.label, 20 - count.length) + count),
    svg("text", { class: "pill-detail", x: at.x, y: at.y + 12, "text-anchor": "middle" }, below),
  );
}

function box(node: DrawnNode, at: Point, open: Open, unfold: (node: DrawnNode) => void): SVGElement {
  const { width, height } = NODE;
  const [left, top] = [at.x - width / 2, at.y - height / 2];
  const user = node.process?.user?.split("\\").pop();
  const detail = node.kind === "fold" ? "press to unfold" : [`pid ${node.process?.pid ?? "unknown"}`, user].filter(Boolean).join(" · ");
  const name = node.kind === "fold" ? `${node.title}, folded` : `process ${node.title}, ${detail}`;
  const press = () => {
    if (node.kind === "fold") unfold(node);
    else if (node.process) open({ kind: "process", process: node.process, node: node.node });
  };
  const image = node.process?.image ?? node.title;
  return svg(
    "g",
    { class: `node ${node.kind}`, ...pressable(name, press) },
    svg("title", {}, image),
    node.kind === "fold" && svg("rect", { class: "shape under", x: left + 4, y: top + 4, width: width - 4, height: height - 4, rx: 7 }),
    svg("rect", { class: "shape", x: left, y: top, width: width - (node.kind === "fold" ? 4 : 0), height: height - (node.kind === "fold" ? 4 : 0), rx: 7 }),
    svg("text", { class: "node-name", x: left + 12, y: at.y - 3 }, shortened(node.title, 21)),
    svg("text", { class: `node-detail${node.kind === "fold" ? " screen-only" : ""}`, x: left + 12, y: at.y + 14 }, shortened(detail, 26)),
  );
}
