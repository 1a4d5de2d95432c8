// Elements: the only place where the page is written.
//
// Text becomes text nodes and attributes are set by name, so no value can turn into markup or
// code; the page's policy (require-trusted-types-for) forbids anything else. Every text goes
// through `bounded`, or through `printable` where a raw record shows it whole.

import { bounded, printable } from "./text.ts";

export type Child = Node | string | number | null | undefined | false | Child[];
type Handler = (event: never) => void;
export type Attributes = Record<string, string | number | boolean | undefined | Handler>;

const SVG = "http://www.w3.org/2000/svg";

/** An element of the page. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of a drawing. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, bounded(String(value)));
  }
  append(element, children);
  return element;
}

function append(element: Element, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (child instanceof Node) element.append(child);
    else if (child !== null && child !== undefined && child !== false) element.append(bounded(String(child)));
  }
}

/** A value from a log: set apart, so that its direction does not touch the text around it. */
export function value(text: string | number, className = ""): HTMLElement {
  return h("bdi", { class: `value ${className}`.trim() }, text);
}

/** A value from a log with all of its length, for raw records; elsewhere long ones are cut. */
export function whole(text: string): HTMLElement {
  const place = h("bdi", { class: "value" });
  place.textContent = printable(text);
  return place;
}

/** Puts children in the place of all that an element holds. */
export function replace(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  append(element, children);
}

/** The element of the page with an id. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as E;
}

/** What makes something that is no button act as one, by mouse and by keyboard. */
export function pressable(label: string, action: (event: Event) => void): Attributes {
  return {
    role: "button",
    tabindex: 0,
    "aria-label": label,
    click: action,
    keydown: (event: KeyboardEvent) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      action(event);
    },
  };
}
