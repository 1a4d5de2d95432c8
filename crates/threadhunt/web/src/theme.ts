// Light and dark: as the system says, until the reader chooses.
//
// The choice is kept for this page alone: a file has no place where others could be told of it,
// and the storage that browsers give to files is refused by some.

import { h } from "./dom.ts";

const dark = () => window.matchMedia("(prefers-color-scheme: dark)");

/** The button that changes the theme. */
export function themeButton(): HTMLElement {
  const root = document.documentElement;
  const label = h("span", { class: "button-text" });
  const button = h("button", { type: "button", class: "quiet", id: "theme" }, h("span", { class: "theme-icon", "aria-hidden": "true" }), label);
  const show = (theme: string) => {
    root.dataset["theme"] = theme;
    const other = theme === "dark" ? "light" : "dark";
    label.textContent = `${other[0]?.toUpperCase()}${other.slice(1)}`;
    button.setAttribute("aria-label", `Switch to the ${other} theme`);
  };
  let isChosen = false;
  const system = dark();
  show(system.matches ? "dark" : "light");
  system.addEventListener("change", () => isChosen || show(system.matches ? "dark" : "light"));
  button.addEventListener("click", () => {
    isChosen = true;
    show(root.dataset["theme"] === "dark" ? "light" : "dark");
  });
  onPaper(root);
  return button;
}

/** Paper is white, whatever the screen is. */
function onPaper(root: HTMLElement): void {
  let before: string | undefined;
  window.addEventListener("beforeprint", () => {
    before = root.dataset["theme"];
    root.dataset["theme"] = "light";
  });
  window.addEventListener("afterprint", () => (root.dataset["theme"] = before ?? "light"));
}
