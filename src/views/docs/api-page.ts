import { type Html, html } from "../html.ts";
import { layout, type Viewer } from "../layout.ts";
import { type Operation, operationBox } from "./operation.ts";
import { inline, prose } from "./prose.ts";

export type ApiPage = {
  viewer: Viewer | null;
  introduction: string;
  /** Where the document lies that the page was made from. */
  documentPath: string;
  keys: readonly string[];
  areas: readonly { name: string; says: string; operations: readonly Operation[] }[];
};

/** The API's reference, for people who write a client. */
export function apiPage({ viewer, introduction, documentPath, keys, areas }: ApiPage): Html {
  return layout({
    title: "API",
    viewer,
    body: html`
    <div class="Subhead">
      <h1>API</h1>
      <p>Made from <a class="Link" href="${documentPath}">openapi.json</a>, from which clients can be generated.</p>
    </div>
    <div class="Prose">${prose(introduction)}</div>
    <section>
      <h2 class="Section-title">Keys</h2>
      <p>Each is sent as <code>Authorization: Bearer KEY</code>.</p>
      <ul class="points">${keys.map((says) => html`<li>${inline(says)}</li>`)}</ul>
    </section>
    <nav aria-label="Calls">
      <h2 class="Section-title">Calls</h2>
      <ul class="Box Calls" role="list">${areas.flatMap(({ operations }) => operations).map(call)}
      </ul>
    </nav>${areas.map(
      ({ name, says, operations }) => html`
    <section>
      <h2 class="Section-title">${name}</h2>
      <p>${inline(says)}</p>${operations.map(operationBox)}
    </section>`,
    )}`,
  });
}

function call({ id, method, path, summary }: Operation): Html {
  return html`
        <li class="Box-row"><a class="Link" href="#${id}">${summary}</a> <span class="Calls-address">${method} ${path}</span></li>`;
}
