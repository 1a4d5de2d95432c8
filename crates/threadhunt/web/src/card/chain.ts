// The chain: what happened around the thread, as a line of steps.
//
// A step that a record shows is solid; one that no event can show is dashed and called inferred;
// one whose event type the input lacks is grey and says which. Times are those of the steps,
// told from the thread.

import type { Finding, Step } from "../data.ts";
import { h, value } from "../dom.ts";
import { moment, offset, toSecond } from "../text.ts";

/** Names of steps; one that is not here is called as it is. */
const NAMES: Record<string, string> = {
  origin: "file written",
  "hop-in": "injected into the source",
  spawn: "target created",
  handle: "handle opened",
  write: "memory written",
  thread: "remote thread",
  load: "DLL loaded",
  act: "thread acts",
  tamper: "image tampered with",
  "hop-out": "target goes on",
  memory: "injected code acts",
  child: "target starts a program",
  connect: "target connects",
  query: "target asks for a name",
  pipe: "target uses a pipe",
  persist: "target persists",
  lsass: "target opens lsass",
  "follow-on": "target afterwards",
};

const STATES: Record<string, string> = { inferred: "inferred", "not-logged": "not logged" };

export function chain(finding: Finding): HTMLElement {
  const at = moment(finding.chain.find((step) => step.step === "thread")?.time ?? finding.first);
  return h("ol", { class: "chain" }, finding.chain.map((step) => stepOf(step, at)));
}

function stepOf(step: Step, thread: number | undefined): HTMLElement {
  const isThread = step.step === "thread";
  const record = step.evidence?.record_id;
  const known = STATES[step.state];
  const when = isThread ? toSecond(step.time).slice(11) : apart(step, thread);
  return h(
    "li",
    { class: `step step-${step.state}${isThread ? " step-thread" : ""}` },
    h("span", { class: "step-name" }, NAMES[step.step] ?? step.step.replaceAll("-", " ")),
    known && h("span", { class: "step-state" }, known),
    when && h("time", { class: "step-time", datetime: step.time, title: toSecond(step.time) }, when),
    h("span", { class: "step-text" }, value(step.text), record !== undefined && h("span", { class: "muted" }, ` #${record}`)),
  );
}

function apart(step: Step, thread: number | undefined): string | undefined {
  const time = moment(step.time);
  return time === undefined || thread === undefined ? undefined : offset(time - thread);
}
