import { adminLayout } from "./admin-layout.ts";
import { type Html, html } from "./html.ts";
import type { Viewer } from "./layout.ts";

export type AdminBotKeyPageProps = {
  viewer: Viewer;
  bot: { id: string; name: string; kind: "bot" | "platform" };
  key: string;
};

/** A key, on the one page that ever shows it. */
export function adminBotKeyPage({ viewer, bot, key }: AdminBotKeyPageProps): Html {
  return adminLayout({
    viewer,
    notice: { kind: "success", text: "Made. This page is the only one that shows the key: copy it now." },
    current: "bots",
    title: `Key of ${bot.name}`,
    says: "Give it to the program as a secret. Whoever has it acts as that program.",
    body: html`
    <section aria-labelledby="key">
      <h2 class="Section-title" id="key">The key</h2>
      <p class="Command"><code>${key}</code></p>
      <p class="note">Programs send it as <code>Authorization: Bearer …</code>. If it is lost, make another one; nobody can look it up.</p>
      <p class="after-form"><a class="btn btn-primary" href="/admin/bots/${encodeURIComponent(bot.id)}">I have copied it</a></p>
    </section>`,
  });
}
