import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { isAnyBranch, type Scope } from "./scope-words.ts";

function warnings({ repositories, branches, capabilities }: Scope, who: string): Html[] {
  const has = (name: string) => capabilities.includes(name);
  const found = [
    repositories.includes("*") &&
      html`<strong>Every repository that ${who} can reach</strong>, among them private ones, those of organisations, and those still to come.`,
    isAnyBranch(branches) &&
      (has("commit") || has("push")) &&
      html`<strong>Every branch</strong>, also the one that is released or deployed from.`,
    has("api:write") &&
      html`<strong>Changes through GitHub’s API</strong>: with them it can merge, delete, change settings, and let others in, as if ${who} had done it.`,
    has("workflows") &&
      html`<strong>Workflows</strong>: who changes what runs in CI can read the secrets that it runs with, and who changes code owners decides who must review.`,
  ];
  return found.filter((warning) => warning instanceof Object);
}

/**
 * What a person should know before a bot may go this far; null where it goes nowhere in particular.
 * @param who whose permission it is
 */
export function dangers(scope: Scope, who = "you"): Html | null {
  const found = warnings(scope, who);
  if (found.length === 0) return null;
  return html`<div class="flash flash-danger" role="alert">${icon("alert")}<div class="flash-points"><p>This reaches far:</p><ul class="inner-points">${found.map((warning) => html`<li>${warning}</li>`)}</ul></div></div>`;
}
