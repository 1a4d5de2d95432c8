// Text for people: names, numbers and times, and what of a value must not be shown as it is.
//
// Every value comes from a log, where attackers write too. Characters that turn text around or
// cannot be seen are spelled out, in the same way as everywhere in this program; that values
// stay text and are never markup is the business of dom.ts.

/** Controls, line and paragraph separators, bidirectional and zero-width marks, tags, lone surrogates. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\ud800-\udfff]/gu;

/** A value as it may be shown: what is unsafe becomes `\u{202e}`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Characters of a value that are shown outside of its raw record; Windows' longest path has 32,767, people's have 260. */
const MAX_SHOWN = 1_000;

/** A value as it may be shown, without the length of a forged one. */
export function bounded(text: string): string {
  if (text.length <= MAX_SHOWN) return printable(text);
  return `${printable(text.slice(0, MAX_SHOWN))}… (${counted(text.length, "character")})`;
}

/** The file name of a path. */
export function baseName(path: string | undefined): string {
  if (path === undefined) return "<unknown process>";
  return path.split(/[\\/]/).pop() || path;
}

/** The directory of a path, with its separator. */
export function directory(path: string): string {
  return path.slice(0, path.length - baseName(path).length);
}

/** At most so many characters, with the middle left out: both ends of a name tell most. */
export function shortened(text: string, most: number): string {
  const ends = text.length > 4 * most ? text.slice(0, 2 * most) + text.slice(-2 * most) : text;
  const characters = Array.from(printable(ends));
  if (characters.length <= most) return characters.join("");
  const tail = Math.floor((most - 1) / 2);
  return [...characters.slice(0, most - 1 - tail), "…", ...characters.slice(-tail)].join("");
}

/** `1,234`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 thread`, `2 threads`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

/** `+7`, `−6`, `+5.1`, `+0`, with a true minus. */
export function bits(value: number): string {
  const tenths = Math.round(Math.abs(value) * 10) / 10;
  return `${value < 0 ? "−" : "+"}${tenths}`;
}

/** Whole points, rounded down, so that 94.9 does not look like 95. */
export function points(score: number): string {
  return String(Math.floor(score));
}

/** Milliseconds since 1970, or `undefined` for what is no time. */
export function moment(time: string | undefined): number | undefined {
  const parsed = time === undefined ? NaN : Date.parse(time);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** `2026-03-03 09:12:40Z`: a time as logged, to the second. */
export function toSecond(time: string | undefined): string {
  return time === undefined ? "no time" : `${time.slice(0, 10)} ${time.slice(11, 19)}Z`;
}

/** `2026-03-03 09:12`, of milliseconds since 1970. */
export function toMinute(at: number): string {
  const text = new Date(at).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)}`;
}

/** `2026-03-03 09:12:40`, of milliseconds since 1970. */
export function toSeconds(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

/** `8.8 s`, `70 s`, `4 min`, `3 h`, `12 days`, rounded down. */
export function span(milliseconds: number): string {
  const seconds = Math.abs(milliseconds) / 1000;
  if (seconds < 10) return `${Math.floor(seconds * 10) / 10} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return counted(Math.floor(seconds / 86_400), "day");
}

/** `+2 s`, `−16 ms`: how far a time lies from another. */
export function offset(milliseconds: number): string {
  if (milliseconds === 0) return "same time";
  const size = Math.abs(milliseconds);
  return `${milliseconds < 0 ? "−" : "+"}${size < 1000 ? `${size} ms` : span(size)}`;
}

/** `1 of 101 threads`, or `101 threads` where it is all of them. */
export function ofAll(some: number, all: number): string {
  return some < all ? `${grouped(some)} of ${counted(all, "thread")}` : counted(all, "thread");
}
