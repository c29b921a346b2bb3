import { avatar } from "./avatar.ts";
import { type Html, html } from "./html.ts";
import { icon } from "./icon.ts";
import { favicon, localTime, stylesheets } from "./stylesheets.ts";

export type Viewer = { login: string; avatarUrl?: string | null; admin?: boolean };

export type LayoutProps = {
  title: string;
  viewer?: Viewer | null;
  current?: (typeof places)[number]["id"] | "admin";
  body: Html;
};

const places = [
  { id: "accounts", href: "/accounts", text: "Accounts", icon: "link" },
  { id: "permissions", href: "/permissions", text: "Permissions", icon: "shield-lock" },
  { id: "activity", href: "/activity", text: "Activity", icon: "pulse" },
  { id: "sessions", href: "/sessions", text: "Sessions", icon: "device-desktop" },
] as const;

const adminPlace = { id: "admin", href: "/admin", text: "Admin", icon: "people" } as const;

function navigation(current: LayoutProps["current"], viewer: Viewer): Html {
  const items = [...places, ...(viewer.admin ? [adminPlace] : [])].map(
    (place) => html`
        <li><a class="UnderlineNav-item" href="${place.href}"${place.id === current && html` aria-current="page"`}>${icon(place.icon)}${place.text}</a></li>`,
  );
  return html`
    <nav class="UnderlineNav" aria-label="Main">
      <ul role="list">${items}
      </ul>
    </nav>`;
}

function account(viewer: Viewer): Html {
  return html`
      <div class="AppHeader-user">
        ${avatar(viewer.avatarUrl, 20)}
        <span class="AppHeader-login"><span class="sr-only">Signed in as </span>${viewer.login}</span>
        <form method="post" action="/sign-out"><button class="btn btn-sm" type="submit">Sign out</button></form>
      </div>`;
}

/** A whole document around a page's body. Without a viewer there is nothing to navigate to and nothing to leave. */
export function layout({ title, viewer, current, body }: LayoutProps): Html {
  return html`<!doctype html>
<html lang="en" data-color-mode="auto" data-light-theme="light" data-dark-theme="dark">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title} · onbehalf</title>
  <link rel="icon" href="${favicon.path}" type="image/svg+xml">${stylesheets.map(
    ({ path }) => html`
  <link rel="stylesheet" href="${path}">`,
  )}
  <script src="${localTime.path}" defer></script>
</head>
<body>
  <a class="skip-link" href="#main">Skip to content</a>
  <header class="AppHeader">
    <div class="AppHeader-bar">
      <a class="AppHeader-name" href="/">${icon("id-badge", 24)}<span>onbehalf</span></a>${viewer && account(viewer)}
    </div>${viewer && navigation(current, viewer)}
  </header>
  <main id="main" class="Page" tabindex="-1">${body}
  </main>
</body>
</html>
`;
}
