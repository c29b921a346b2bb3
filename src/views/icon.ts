// The data file rather than the package's entry: it is typed by its content, and needs no script to be run.
import octicons from "@primer/octicons/build/data.json" with { type: "json" };
import { Html } from "./html.ts";

// The icons in use. Each is drawn at both sizes; a wrong name is a type error.
const drawings = {
  alert: octicons.alert.heights,
  "check-circle": octicons["check-circle"].heights,
  "id-badge": octicons["id-badge"].heights,
  info: octicons.info.heights,
  "mark-github": octicons["mark-github"].heights,
  people: octicons.people.heights,
  person: octicons.person.heights,
  "shield-lock": octicons["shield-lock"].heights,
  "sign-in": octicons["sign-in"].heights,
  "x-circle": octicons["x-circle"].heights,
  hubot: octicons.hubot.heights,
  link: octicons.link.heights,
};

export type IconName = keyof typeof drawings;

/** An octicon, hidden from screen readers: the words beside it say the same. */
export function icon(name: IconName, size: 16 | 24 = 16): Html {
  const { width, path } = drawings[name][size];
  return Html.trusted(
    `<svg class="octicon" aria-hidden="true" width="${width}" height="${size}" viewBox="0 0 ${width} ${size}">${path}</svg>`,
  );
}

/** The mark of a provider, where octicons has one. */
export function providerIcon(provider: string, size: 16 | 24 = 16): Html {
  return icon(provider.startsWith("github") ? "mark-github" : "link", size);
}
