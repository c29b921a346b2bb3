import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { layout } from "./layout.ts";
import { webAddress } from "./web-address.ts";

export type SetupDoneProps = {
  /** The app's name. */
  name: string;
  /** The account that the app can be installed on. */
  owner: string;
  installUrl: string;
  /** The file that was written. */
  file: string;
  /** `gh.NUMBER`, or null where the environment names the admins. */
  admin: string | null;
  publicUrl: string;
  csrf: string;
};

/** Set-up is done: what is left to do, and the button that starts onbehalf. */
export function setupDonePage({ name, owner, installUrl, file, admin, publicUrl, csrf }: SetupDoneProps): Html {
  const install = webAddress(installUrl);
  const permissions = webAddress(`${publicUrl}/permissions`);
  const body = JSON.stringify({
    user: admin ?? "gh.NUMBER",
    repository: `${owner}/REPOSITORY`,
    branch: "main",
    message: { headline: "Say hello" },
    changes: [{ path: "hello.txt", content: "hello\n" }],
  });
  return layout({
    title: "Set-up is done",
    body: html`
    <div class="Page-medium">
      <div class="Subhead">
        <h1>Set-up is done</h1>
        <p>The app ${name} exists. Its keys and a new encryption key are in <code>${file}</code>: keep that file secret, and back it up.</p>
      </div>
      <ol class="Steps" role="list">
        <li class="Box Box-body">
          <h2>Install the app</h2>
          <p>Bots reach a repository only where the app is installed. You can add repositories at any time.</p>
          ${install && html`<a class="btn" href="${install}" target="_blank" rel="noopener">${icon("mark-github")} Install ${name} on ${owner}</a>`}
        </li>
        <li class="Box Box-body">
          <h2>Create a bot</h2>
          <p>In a terminal. Its key is shown once.</p>
          <pre class="Command"><code>npm run -s onbehalf -- bots create my-bot</code></pre>
        </li>
        <li class="Box Box-body">
          <h2>Start onbehalf, and commit</h2>
          <p>It starts here and now, at the same address, in a new tab: this page stays. Sign in there${admin && html`: you are the admin (<code>${admin}</code>)`}, connect GitHub, and permit the bot ${permissions ? html`on <a class="Link" href="${permissions}" target="_blank" rel="noopener">your permissions page</a>` : "on your permissions page"}. Then it commits as you:</p>
          <pre class="Command"><code>curl ${publicUrl}/api/v1/commits \\
  -H 'Authorization: Bearer KEY' \\
  -H 'Content-Type: application/json' \\
  -d '${body}'</code></pre>
          <p class="note">The README has this, too.</p>
          <form class="Steps-last" method="post" action="/setup/start" target="_blank" rel="noopener"><input type="hidden" name="csrf" value="${csrf}"><button class="btn btn-primary" type="submit">Go on</button></form>
        </li>
      </ol>
    </div>`,
  });
}
