import { type AuditResult, kindWords, resultWords } from "./audit-words.ts";
import { field } from "./field.ts";
import { type Html, html } from "./html.ts";

export type AuditField = "bot" | "kind" | "result" | "repository" | "from" | "to";

export type AuditFilterProps = {
  /** The page that it is on. */
  action: string;
  entered: Record<AuditField, string>;
  /** Whose events, where the page is about everybody. */
  user?: { entered: string; fault: string | null };
  faults?: Partial<Record<AuditField, string>>;
  bots: readonly { id: string; name: string }[];
  kinds: readonly string[];
  results: readonly AuditResult[];
};

/** What narrows a list of events. It stands in the address: it can be kept, and goes on with the pages. */
export function auditFilterForm(props: AuditFilterProps): Html {
  const { action, entered, user, faults = {}, bots, kinds, results } = props;
  const choice = (id: "bot" | "kind" | "result", label: string, all: string, options: readonly [string, string][]) =>
    field({
      id,
      label,
      error: faults[id],
      control: (attributes) =>
        html`<select class="form-control FormControl-select" name="${id}"${attributes}><option value="">${all}</option>${options.map(
          ([value, words]) =>
            html`<option value="${value}"${value === entered[id] && html` selected`}>${words}</option>`,
        )}</select>`,
    });
  const day = (id: "from" | "to", label: string) =>
    field({
      id,
      label,
      error: faults[id],
      control: (attributes) =>
        html`<input class="form-control" type="date" name="${id}" value="${entered[id]}"${attributes}>`,
    });
  const filtered = Object.values(entered).some(Boolean) || Boolean(user?.entered);
  return html`
    <form class="Filter" method="get" action="${action}" role="search" aria-label="Filter">
      ${
        user &&
        field({
          id: "user",
          label: "User",
          error: user.fault,
          control: (attributes) =>
            html`<input class="form-control" type="text" name="user" value="${user.entered}" maxlength="700" placeholder="@login, gh.1, ext.ID or id" autocapitalize="none" autocomplete="off" spellcheck="false"${attributes}>`,
        })
      }
      ${choice(
        "bot",
        "Bot",
        "All bots",
        bots.map(({ id, name }) => [id, name]),
      )}
      ${choice(
        "kind",
        "Kind",
        "Everything",
        kinds.map((kind) => [kind, kindWords(kind)]),
      )}
      ${choice(
        "result",
        "Result",
        "Any result",
        results.map((result) => [result, resultWords[result]]),
      )}
      ${field({
        id: "repository",
        label: "Repository",
        error: faults.repository,
        control: (attributes) =>
          html`<input class="form-control" type="text" name="repository" value="${entered.repository}" maxlength="200" placeholder="owner/name" autocapitalize="none" autocomplete="off" spellcheck="false"${attributes}>`,
      })}
      ${day("from", "From (UTC)")}
      ${day("to", "To (UTC)")}
      <div class="Filter-actions"><button class="btn" type="submit">Filter</button>${filtered && html` <a class="Link" href="${action}">Show everything</a>`}</div>
    </form>`;
}
