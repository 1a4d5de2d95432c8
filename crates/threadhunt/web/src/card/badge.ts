// The badge of a finding: severity in words and colour, and the score.

import type { Finding } from "../data.ts";
import { h } from "../dom.ts";
import { points } from "../text.ts";

export function badge(finding: Finding): HTMLElement {
  return h(
    "span",
    { class: `badge sev-${finding.severity}` },
    finding.severity,
    " ",
    h("span", { class: "badge-score" }, points(finding.score)),
  );
}
