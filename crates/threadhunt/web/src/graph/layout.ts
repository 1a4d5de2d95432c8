// The layered drawing of a small directed graph, from left to right (after Sugiyama).
//
// Edges that close a cycle are turned round for the layout. Every edge has a label, which is a
// vertex of its own in the layer behind its source; where an edge crosses further layers it has
// a bend in each. So nothing overlaps: within a layer vertices keep their distance, and edges
// run through their own vertices. Order within layers comes from barycenters, the best of some
// sweeps; heights from an isotonic regression, which is the nearest to where the neighbours are.

export interface Size {
  width: number;
  height: number;
}

export interface Link {
  from: number;
  to: number;
  label: Size;
}

export interface Point {
  x: number;
  y: number;
}

export interface Drawing extends Size {
  /** The centre of each node. */
  nodes: Point[];
  /** The centre of the label of each link. */
  labels: Point[];
  /** The course of each link: pairs of points where it leaves one vertex and enters the next. */
  courses: [Point, Point][][];
}

interface Vertex extends Size {
  layer: number;
  before: Vertex[];
  after: Vertex[];
  x: number;
  y: number;
  /** Only a bend: it takes no room beside others. */
  isBend: boolean;
}

const GAP_X = 24;
const GAP_Y = 14;
const SWEEPS = 8;

/** Places nodes, which come in the order in which they should stand, and links. */
export function layout(sizes: Size[], links: Link[]): Drawing {
  const isTurned = turned(sizes.length, links);
  const layers = ranks(sizes.length, links, isTurned);
  const nodes = sizes.map((size, node) => vertex(size, layers[node] ?? 0));
  const paths = links.map((link, index) => path(link, isTurned[index] === true, nodes));
  const columns = arranged(inColumns(nodes, paths));
  const size = placed(columns);
  const courses = paths.map((vertices, index) => {
    const course = vertices.slice(1).map((to, at) => between(vertices[at] as Vertex, to));
    return isTurned[index] ? course.reverse().map(([from, to]): [Point, Point] => [to, from]) : course;
  });
  const centre = ({ x, y }: Vertex) => ({ x, y });
  return { ...size, nodes: nodes.map(centre), labels: paths.map((vertices) => centre(vertices[1] as Vertex)), courses };
}

function vertex(size: Size, layer: number, isBend = false): Vertex {
  return { ...size, layer, before: [], after: [], x: 0, y: 0, isBend };
}

/** Which links close a cycle; found by a walk without recursion, since chains may be long. */
function turned(count: number, links: Link[]): boolean[] {
  const out: number[][] = Array.from({ length: count }, () => []);
  links.forEach((link, index) => out[link.from]?.push(index));
  const isTurned = links.map((link) => link.from === link.to);
  const state = new Uint8Array(count);
  for (let start = 0; start < count; start++) {
    if (state[start]) continue;
    const stack: [number, number][] = [[start, 0]];
    state[start] = 1;
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as [number, number];
      const index = out[top[0]]?.[top[1]++];
      if (index === undefined) {
        state[top[0]] = 2;
        stack.pop();
        continue;
      }
      const to = links[index]?.to ?? start;
      if (state[to] === 1) isTurned[index] = true;
      else if (state[to] === 0) {
        state[to] = 1;
        stack.push([to, 0]);
      }
    }
  }
  return isTurned;
}

/** The layer of each node: even ones, since labels stand between; as near to what follows as can be. */
function ranks(count: number, links: Link[], isTurned: boolean[]): number[] {
  const edges = links
    .map((link, index) => (isTurned[index] ? [link.to, link.from] : [link.from, link.to]) as [number, number])
    .filter(([from, to]) => from !== to);
  const out: number[][] = Array.from({ length: count }, () => []);
  const incoming = new Array<number>(count).fill(0);
  for (const [from, to] of edges) {
    out[from]?.push(to);
    incoming[to] = (incoming[to] ?? 0) + 1;
  }
  const layers = new Array<number>(count).fill(0);
  const left = [...incoming];
  const ready = left.flatMap((many, node) => (many === 0 ? [node] : []));
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    for (const next of out[node] ?? []) {
      layers[next] = Math.max(layers[next] ?? 0, (layers[node] ?? 0) + 2);
      left[next] = (left[next] ?? 0) - 1;
      if (left[next] === 0) ready.push(next);
    }
  }
  out.forEach((next, node) => {
    if (incoming[node] === 0 && next.length > 0) layers[node] = Math.min(...next.map((to) => layers[to] ?? 0)) - 2;
  });
  return layers;
}

/** The vertices that a link runs through: node, label, bends, node. */
function path(link: Link, isTurned: boolean, nodes: Vertex[]): Vertex[] {
  const [from, to] = (isTurned ? [nodes[link.to], nodes[link.from]] : [nodes[link.from], nodes[link.to]]) as [
    Vertex,
    Vertex,
  ];
  const vertices = [from, vertex(link.label, from.layer + 1)];
  for (let layer = from.layer + 2; layer < to.layer; layer++) vertices.push(vertex({ width: 0, height: 2 }, layer, true));
  if (to !== from) vertices.push(to);
  vertices.slice(1).forEach((next, at) => {
    vertices[at]?.after.push(next);
    next.before.push(vertices[at] as Vertex);
  });
  return vertices;
}

function inColumns(nodes: Vertex[], paths: Vertex[][]): Vertex[][] {
  const all = new Set([...nodes, ...paths.flat()]);
  const first = Math.min(0, ...Array.from(all, ({ layer }) => layer));
  const columns: Vertex[][] = [];
  for (const each of all) (columns[each.layer - first] ??= []).push(each);
  return Array.from(columns, (column) => column ?? []);
}

/** The order within columns with the fewest crossings of some sweeps. */
function arranged(columns: Vertex[][]): Vertex[][] {
  let best = columns.map((column) => [...column]);
  let fewest = crossings(best);
  const current = columns.map((column) => [...column]);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const isForward = sweep % 2 === 0;
    const order = isForward ? current : [...current].reverse();
    const places = placesOf(current);
    for (const column of order) {
      const key = new Map(column.map((each) => [each, barycenter(isForward ? each.before : each.after, places, each)]));
      column.sort((a, b) => (key.get(a) ?? 0) - (key.get(b) ?? 0));
      column.forEach((each, place) => places.set(each, place));
    }
    const count = crossings(current);
    if (count < fewest) [best, fewest] = [current.map((column) => [...column]), count];
  }
  return best;
}

function placesOf(columns: Vertex[][]): Map<Vertex, number> {
  return new Map(columns.flatMap((column) => column.map((each, place): [Vertex, number] => [each, place])));
}

function barycenter(neighbours: Vertex[], places: Map<Vertex, number>, self: Vertex): number {
  if (neighbours.length === 0) return places.get(self) ?? 0;
  return neighbours.reduce((sum, each) => sum + (places.get(each) ?? 0), 0) / neighbours.length;
}

function crossings(columns: Vertex[][]): number {
  const places = placesOf(columns);
  let count = 0;
  for (const column of columns) {
    const edges = column.flatMap((from, place) =>
      from.after.map((to): [number, number] => [place, places.get(to) ?? 0]),
    );
    edges.forEach(([from, to], index) => {
      for (const [otherFrom, otherTo] of edges.slice(index + 1)) {
        if ((from - otherFrom) * (to - otherTo) < 0) count++;
      }
    });
  }
  return count;
}

/** Gives every vertex its place, and returns the size of it all. */
function placed(columns: Vertex[][]): Size {
  let x = 0;
  for (const column of columns) {
    const width = Math.max(0, ...column.map((each) => each.width));
    for (const each of column) each.x = x + width / 2;
    x += width + GAP_X;
  }
  for (const column of columns) stacked(column, (each) => each.y);
  for (let pass = 0; pass < 2 * SWEEPS; pass++) {
    const isForward = pass % 2 === 0;
    for (const column of isForward ? columns : [...columns].reverse()) {
      stacked(column, (each) => {
        const near = isForward ? each.before : each.after;
        const neighbours = near.length > 0 ? near : [...each.before, ...each.after];
        return neighbours.length > 0 ? neighbours.reduce((sum, other) => sum + other.y, 0) / neighbours.length : each.y;
      });
    }
  }
  const all = columns.flat();
  const top = Math.min(0, ...all.map((each) => each.y - each.height / 2));
  for (const each of all) each.y -= top;
  const highest = Math.min(...all.map((each) => each.y - each.height / 2));
  for (const each of all) each.y -= highest;
  return { width: Math.max(0, x - GAP_X), height: Math.max(0, ...all.map((each) => each.y + each.height / 2)) };
}

/** Puts a column as near to where its vertices want to be as their order and distances allow. */
function stacked(column: Vertex[], wanted: (each: Vertex) => number): void {
  const offsets: number[] = [];
  column.forEach((each, at) => {
    const above = column[at - 1];
    const gap = above ? (above.height + each.height) / 2 + (above.isBend && each.isBend ? GAP_Y / 2 : GAP_Y) : 0;
    offsets.push((offsets[at - 1] ?? 0) + gap);
  });
  const blocks: { sum: number; count: number }[] = [];
  column.forEach((each, at) => {
    let block = { sum: wanted(each) - (offsets[at] ?? 0), count: 1 };
    for (let above = blocks.at(-1); above && above.sum / above.count > block.sum / block.count; above = blocks.at(-1)) {
      blocks.pop();
      block = { sum: above.sum + block.sum, count: above.count + block.count };
    }
    blocks.push(block);
  });
  const bases = blocks.flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count));
  column.forEach((each, at) => (each.y = (bases[at] ?? 0) + (offsets[at] ?? 0)));
}

function between(from: Vertex, to: Vertex): [Point, Point] {
  return [
    { x: from.x + from.width / 2, y: from.y },
    { x: to.x - to.width / 2, y: to.y },
  ];
}
