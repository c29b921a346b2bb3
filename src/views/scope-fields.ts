import { describedBy, errorText, field } from "./field.ts";
import { type Html, html } from "./html.ts";
import type { Capability } from "./scope-words.ts";

/** The fields that say how far a bot may go. */
export type ScopeField = "repositories" | "capability" | "branches";

/** Whether a form's field is one of these. */
export function isScopeField(field: string): field is ScopeField {
  return ["repositories", "capability", "branches"].includes(field);
}

export type ScopeFieldsProps = {
  capabilities: readonly Capability[];
  /** What was entered, one on each line. */
  repositories?: string | undefined;
  branches?: string | undefined;
  /** Whether repositories and branches are asked for; `of-github`: an account elsewhere has none. */
  places?: "needed" | "of-github" | "none";
  /** Those that are ticked. */
  chosen: readonly string[];
  /** What the labels of the capabilities end with, such as " as you". */
  as?: string;
  /** What is wrong with a field. */
  about: (field: ScopeField) => string | undefined;
  /** Tells apart the fields of several forms on a page. */
  prefix?: string;
};

function capabilityList(props: ScopeFieldsProps): Html {
  const { capabilities, chosen, as = " as you", prefix = "" } = props;
  const error = props.about("capability");
  const boxes = capabilities.map(({ id, words, means }, index) => {
    const box = `${prefix}capability-${index}`;
    return html`
            <li><input type="checkbox" id="${box}"${means && html` aria-describedby="${box}-means"`} name="capability" value="${id}"${chosen.includes(id) && html` checked`}><div><label for="${box}">${words}${as}</label>${means && html`<p class="note" id="${box}-means">${means}</p>`}</div></li>`;
  });
  const group = `${prefix}capability`;
  return html`
        <fieldset class="FormControl${error && " FormControl-invalid"}"${describedBy(group, false, Boolean(error))}>
          <legend>What it may do</legend>
          <ul class="checkboxes" role="list">${boxes}
          </ul>
          ${errorText(`${group}-error`, error)}
        </fieldset>`;
}

/** Repositories, what it may do there, and branches. */
export function scopeFields(props: ScopeFieldsProps): Html {
  const { about, repositories, branches, prefix = "", places = "needed" } = props;
  if (places === "none") return capabilityList(props);
  const ofGithub = places === "of-github" && html` At GitHub alone: leave it empty for an account elsewhere.`;
  return html`${field({
    id: `${prefix}repositories`,
    label: "Repositories",
    hint: html`One on each line: <code>owner/name</code>, <code>owner/*</code> for all of an owner, or <code>*</code> for every one that can be reached.${ofGithub}`,
    error: about("repositories"),
    control: (attributes) =>
      html`<textarea class="form-control input-block input-monospace" name="repositories" rows="3"${!ofGithub && html` required`} spellcheck="false" autocapitalize="off"${attributes}>${"\n"}${repositories}</textarea>`,
  })}
        ${capabilityList(props)}
        ${field({
          id: `${prefix}branches`,
          label: "Branches",
          optional: true,
          hint: html`One on each line, such as <code>main</code> or <code>release/*</code>. Leave it empty for any branch.`,
          error: about("branches"),
          control: (attributes) =>
            html`<textarea class="form-control input-block input-monospace" name="branches" rows="2" spellcheck="false" autocapitalize="off"${attributes}>${"\n"}${branches}</textarea>`,
        })}`;
}
