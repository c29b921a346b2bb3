import { pager } from "./admin-layout.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { layout, type Viewer } from "./layout.ts";
import { type Notice, noticeBanner } from "./notice.ts";
import { branchWords, type Capability, capabilityWords, repositoryWords } from "./scope-words.ts";
import { time } from "./time.ts";
import { webAddress } from "./web-address.ts";

/** A browser in which the person is signed in. */
export type SignedIn = {
  publicId: string;
  browser: string | null;
  signedInAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
  current: boolean;
};

/** A pass that acts as the person. */
export type LivePass = {
  id: string;
  bot: string;
  repositories: readonly string[];
  branches: readonly string[];
  capabilities: readonly string[];
  runUrl: string | null;
  createdAt: Date;
  expiresAt: Date;
};

export type SessionsPageProps = {
  viewer: Viewer;
  sessions: readonly SignedIn[];
  /** There are more than the page shows. */
  moreSessions: boolean;
  passes: readonly LivePass[];
  first: string | null;
  next: string | null;
  capabilities: readonly Capability[];
  notice?: Notice | null;
};

function sessionRow(session: SignedIn, index: number): Html {
  const { publicId, browser, signedInAt, lastSeenAt, expiresAt, current } = session;
  const id = `session-${index}`;
  return html`
      <li class="Box-row delegation">
        <div class="delegation-text">
          <p id="${id}"><strong>${browser ?? "A browser that is not known here"}</strong>${current && html` <span class="Label Label-active">This browser</span>`}</p>
          <ul class="facts" role="list"><li>Signed in ${time(signedInAt)}</li><li>Last seen ${time(lastSeenAt)}</li><li>Ends ${time(expiresAt)}</li></ul>
        </div>
        <form method="post" action="/sessions/${encodeURIComponent(publicId)}/end"><button class="btn btn-danger btn-sm" type="submit" aria-describedby="${id}">${current ? "Sign out here" : "End"}</button></form>
      </li>`;
}

function endMany(sessions: readonly SignedIn[]): Html {
  const others = sessions.length > 1;
  return html`
      <div class="Actions">${others && html`<form method="post" action="/sessions/end"><button class="btn" type="submit" name="which" value="others">End all others</button></form>`}<form method="post" action="/sessions/end"><button class="btn btn-danger" type="submit" name="which" value="all">Sign out everywhere</button></form></div>`;
}

function passRow(pass: LivePass, capabilities: readonly Capability[], index: number): Html {
  const id = `pass-${index}`;
  const run = webAddress(pass.runUrl);
  const host = run && URL.canParse(run) ? new URL(run).host : null;
  return html`
      <li class="Box-row delegation">
        <div class="delegation-text">
          <p id="${id}"><strong>${pass.bot}</strong> may ${capabilityWords(pass.capabilities, capabilities)} as you in ${repositoryWords(pass.repositories)}, ${branchWords(pass.branches)}.</p>
          <ul class="facts" role="list"><li>Made ${time(pass.createdAt)}</li><li>Works until ${time(pass.expiresAt)}</li>${host && html`<li><a class="Link" href="${run}" rel="noopener noreferrer nofollow">Run at ${host}</a></li>`}</ul>
        </div>
        <form method="post" action="/sessions/passes/${encodeURIComponent(pass.id)}/end"><button class="btn btn-danger btn-sm" type="submit" aria-describedby="${id}">End</button></form>
      </li>`;
}

function livePasses({ passes, capabilities, first, next }: SessionsPageProps): Html {
  if (passes.length === 0) {
    return html`<div class="Box blankslate">${icon("hubot", 24)}<h3>No pass acts as you</h3><p>A bot that you <a class="Link" href="/permissions">permitted</a> makes one for each run in a sandbox. While it works it stands here, and you can end it.</p></div>${pager({ first, next })}`;
  }
  return html`<ul class="Box" role="list">${passes.map((pass, index) => passRow(pass, capabilities, index))}
      </ul>
      ${pager({ first, next })}
      <div class="Actions"><form method="post" action="/sessions/passes/end"><button class="btn btn-danger" type="submit">End all passes</button></form></div>`;
}

/** Where a person is signed in, and which passes act as them now. */
export function sessionsPage(props: SessionsPageProps): Html {
  const { viewer, sessions, moreSessions, notice } = props;
  return layout({
    title: "Sessions",
    viewer,
    current: "sessions",
    body: html`
    ${noticeBanner(notice)}
    <div class="Subhead">
      <h1>Sessions</h1>
      <p>Where you are signed in, and what acts as you just now. What you end here ends at once.</p>
    </div>
    <section aria-labelledby="browsers">
      <h2 class="Section-title" id="browsers">Browsers</h2>
      <ul class="Box" role="list">${sessions.map(sessionRow)}
      </ul>
      ${moreSessions && html`<p class="note">These are the ${sessions.length} that were seen last; “Sign out everywhere” ends the others, too.</p>`}
      ${endMany(sessions)}
    </section>
    <section aria-labelledby="passes">
      <h2 class="Section-title" id="passes">Passes</h2>
      ${livePasses(props)}
    </section>
    <p class="note Page-foot">onbehalf keeps no address and nothing else of what your browser says about itself. You can <a class="Link" href="/erase">have yourself removed from this onbehalf</a>.</p>`,
  });
}
