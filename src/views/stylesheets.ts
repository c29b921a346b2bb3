/**
 * What the server serves under /static/, and nothing else: the path, and the file's address (`file:` URL).
 *
 * Primer's whole stylesheet is 1 MB and its two themes 121 kB each, so pages link four of its bundles (43 kB), a
 * theme of just the tokens that these use (cut from @primer/primitives by test/views/theme.test.ts), and our own.
 * Primer 22 no longer ships Box, Label, flash and the like as CSS; onbehalf.css draws them with Primer's tokens.
 */
export type StaticFile = { readonly path: string; readonly file: string };

export const stylesheets: readonly StaticFile[] = [
  { path: "/static/primer/primitives.css", file: import.meta.resolve("@primer/css/dist/primitives.css") },
  { path: "/static/theme.css", file: import.meta.resolve("../static/theme.css") },
  { path: "/static/primer/base.css", file: import.meta.resolve("@primer/css/dist/base.css") },
  { path: "/static/primer/buttons.css", file: import.meta.resolve("@primer/css/dist/buttons.css") },
  { path: "/static/primer/forms.css", file: import.meta.resolve("@primer/css/dist/forms.css") },
  { path: "/static/onbehalf.css", file: import.meta.resolve("../static/onbehalf.css") },
];

export const favicon: StaticFile = { path: "/static/icon.svg", file: import.meta.resolve("../static/icon.svg") };

/** Enhances pages that are complete without it; it is loaded by all of them, as a file, since the policy allows no other. */
export const localTime: StaticFile = {
  path: "/static/local-time.js",
  file: import.meta.resolve("../static/local-time.js"),
};

export const staticFiles: readonly StaticFile[] = [...stylesheets, favicon, localTime];
