import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { layout } from "./layout.ts";
import { webAddress } from "./web-address.ts";

export type SetupCreateProps = {
  name: string;
  /** Null: the person's own account. */
  organization: string | null;
  publicUrl: string;
  githubHost: string;
  /** Names and levels, as GitHub calls them. */
  permissions: readonly { name: string; level: string }[];
  /** How GitHub's deliveries will reach this onbehalf. */
  webhooks: "direct" | "proxy" | "off";
  /** What the environment says: closed, open or org:NAME. */
  signIn: string;
  /** GitHub's address that the manifest is posted to. */
  action: string;
  manifest: string;
  /** Where answers are changed; null where they were given on the command line. */
  changeUrl: string | null;
};

const webhookWords: Record<SetupCreateProps["webhooks"], Html> = {
  direct: html`GitHub sends them to this onbehalf.`,
  proxy: html`GitHub sends them to the channel of <code>WEBHOOK_PROXY_URL</code>, and onbehalf fetches them there.`,
  off: html`Switched off, since GitHub can't reach this address. Everything works, but that somebody ended an authorisation on GitHub is noticed only when it is used next. To have them, set <code>WEBHOOK_PROXY_URL</code> to a channel from <code>https://smee.io/new</code> and start set-up again, or switch the webhook on in the app's settings once onbehalf has a public address.`,
};

function signInWords(signIn: string): Html {
  if (signIn === "open") return html`Everybody who can authorise the app.`;
  const organization = /^org:(.*)$/.exec(signIn)?.[1];
  return organization ? html`Members of <strong>${organization}</strong>, and admins.` : html`Admins.`;
}

function row(term: string, meaning: Html): Html {
  return html`
          <div class="Facts-row"><dt>${term}</dt><dd>${meaning}</dd></div>`;
}

/** What will be created, and the button that hands over to GitHub. */
export function setupCreatePage(props: SetupCreateProps): Html {
  const { organization, permissions } = props;
  const action = webAddress(props.action);
  const changeUrl = webAddress(props.changeUrl);
  const owner = organization
    ? html`the organisation <strong>${organization}</strong>`
    : html`<strong>your account</strong>`;
  const listed = permissions.map(
    ({ name, level }, index) => html`${index > 0 && ", "}${name.replaceAll("_", " ")} (${level})`,
  );
  return layout({
    title: "Create the GitHub App",
    body: html`
    <div class="Page-medium">
      <div class="Subhead">
        <h1>Create the GitHub App</h1>
        <p>The next page is GitHub's. It shows the same again and creates the app when you press the button there.</p>
      </div>
      <div class="Box Box-body">
        <dl class="Facts">${[
          row("Name", html`${props.name}`),
          row("Owner", html`${owner} on ${props.githubHost}`),
          row(
            "Who can authorise it",
            organization
              ? html`Members of ${organization}, and nobody else.`
              : html`Only you. Nobody else can connect or sign in with this app.`,
          ),
          row("Who may sign in", signInWords(props.signIn)),
          row("Address", html`<code>${props.publicUrl}</code>`),
          row("Permissions", html`${listed}`),
          row("Webhooks", webhookWords[props.webhooks]),
        ]}
        </dl>
        ${
          action &&
          html`<form method="post" action="${action}">
          <input type="hidden" name="manifest" value="${props.manifest}">
          <button class="btn btn-primary" type="submit">${icon("mark-github")} Go to GitHub and create it</button>
        </form>`
        }
      </div>
      ${changeUrl && html`<p class="note"><a class="Link" href="${changeUrl}">Change the answers</a></p>`}
    </div>`,
  });
}
