import { field } from "./field.ts";
import { type Html, html } from "./html.ts";
import { layout } from "./layout.ts";
import { noticeBanner } from "./notice.ts";
import { radioGroup } from "./radio-group.ts";

export type SetupAnswer = "publicUrl" | "githubUrl" | "owner" | "organization" | "signIn" | "name";

export type SetupQuestionsProps = {
  /** What was entered, or is proposed. */
  answers: Record<SetupAnswer, string>;
  /** What the environment fixes is not asked. */
  asks: { publicUrl: boolean; githubUrl: boolean; signIn: boolean };
  faults: Partial<Record<SetupAnswer, string>>;
  longestName: number;
  csrf: string;
};

const owners = [
  {
    value: "own",
    label: "My own account",
    note: html`Only you can authorise the app, and it can be installed on your own repositories only. Of no use to a team.`,
  },
  {
    value: "organization",
    label: "An organisation",
    note: html`Its members can authorise the app, and it can be installed on the organisation's repositories. You must be an owner of the organisation.`,
  },
];

const signIns = [
  {
    value: "closed",
    label: "Only me",
    note: html`You become the admin. To let others in later, name them in <code>ADMIN_USERS</code>, or change <code>SIGN_IN</code>, in <code>DATA_DIR/.env</code>.`,
  },
  {
    value: "org",
    label: "The members of the organisation",
    note: html`The app then asks to read who is a member. You become the admin.`,
  },
  {
    value: "open",
    label: "Everybody who can authorise the app",
    note: html`You become the admin.`,
  },
];

/** What set-up has to know before it can have a GitHub App created. */
export function setupQuestionsPage({ answers, asks, faults, longestName, csrf }: SetupQuestionsProps): Html {
  const faulty = Object.keys(faults).length > 0;
  const text = (name: string, value: string, attributes: Html, more: Html = html``) =>
    html`<input class="form-control input-block" type="text" name="${name}" value="${value}" spellcheck="false" autocapitalize="off"${more}${attributes}>`;
  return layout({
    title: faulty ? "Error: Set up onbehalf" : "Set up onbehalf",
    body: html`
    <div class="Page-medium">
      ${faulty && noticeBanner({ kind: "danger", text: "Something has to be changed below. Nothing was created." })}
      <div class="Subhead">
        <h1>Set up onbehalf</h1>
        <p>onbehalf works through a GitHub App of your own. Answer these questions; GitHub then shows what the app may do, and creates it when you say so there.</p>
      </div>
      <form class="Box Box-body" method="post" action="/setup">
        <input type="hidden" name="csrf" value="${csrf}">
        ${
          asks.publicUrl &&
          field({
            id: "public_url",
            label: "Address of this onbehalf",
            hint: html`What people's browsers reach, and GitHub's webhooks: <code>https://</code> and a host of its own. <code>http://</code> works for this machine only.`,
            error: faults.publicUrl,
            control: (attributes) => text("public_url", answers.publicUrl, attributes, html` required`),
          })
        }
        ${
          asks.githubUrl &&
          field({
            id: "github_url",
            label: "GitHub",
            hint: html`<code>github.com</code>, your <code>SUB.ghe.com</code>, or your GitHub Enterprise Server.`,
            error: faults.githubUrl,
            control: (attributes) => text("github_url", answers.githubUrl, attributes, html` required`),
          })
        }
        ${radioGroup({
          name: "owner",
          legend: "Who owns the app?",
          hint: html`GitHub lets only the owning account authorise and install the app.`,
          error: faults.owner,
          options: owners,
          chosen: answers.owner,
        })}
        ${field({
          id: "organization",
          label: "Name of the organisation",
          hint: html`If an organisation owns the app: its name as in <code>github.com/NAME</code>.`,
          error: faults.organization,
          control: (attributes) => text("organization", answers.organization, attributes),
        })}
        ${
          asks.signIn &&
          radioGroup({
            name: "sign_in",
            legend: "Who may sign in to this onbehalf?",
            error: faults.signIn,
            options: signIns,
            chosen: answers.signIn,
          })
        }
        ${field({
          id: "name",
          label: "Name of the app",
          hint: html`People see it when they authorise. No other app on GitHub may have it; at most ${longestName} characters.`,
          error: faults.name,
          control: (attributes) => text("name", answers.name, attributes, html` maxlength="${longestName}" required`),
        })}
        <button class="btn btn-primary" type="submit">Go on</button>
      </form>
    </div>`,
  });
}
