// The data file rather than the package's entry: it is typed by its content, and needs no script to be run.
import octicons from "@primer/octicons/build/data.json" with { type: "json" };
import { Html } from "./html.ts";

// The icons in use. Each is drawn at both sizes; a wrong name is a type error.
const drawings = {
  alert: octicons.alert.heights,
  "check-circle": octicons["check-circle"].heights,
  "device-desktop": octicons["device-desktop"].heights,
  download: octicons.download.heights,
  "id-badge": octicons["id-badge"].heights,
  info: octicons.info.heights,
  "mark-github": octicons["mark-github"].heights,
  people: octicons.people.heights,
  person: octicons.person.heights,
  pulse: octicons.pulse.heights,
  "shield-lock": octicons["shield-lock"].heights,
  "sign-in": octicons["sign-in"].heights,
  "x-circle": octicons["x-circle"].heights,
  hubot: octicons.hubot.heights,
  link: octicons.link.heights,
};

export type IconName = keyof typeof drawings;

/** An octicon, hidden from screen readers: the words beside it say the same. */
export function icon(name: IconName, size: 16 | 24 = 16): Html {
  return drawn(drawings[name][size], size);
}

function drawn({ width, path }: Drawing, size: 16 | 24): Html {
  return Html.trusted(
    `<svg class="octicon" aria-hidden="true" width="${width}" height="${size}" viewBox="0 0 ${width} ${size}">${path}</svg>`,
  );
}

interface Drawing {
  width: number;
  path: string;
}
const all = new Map<string, { heights: Record<string, Drawing> }>(Object.entries(octicons));

/** The octicon that an operator chose for a provider; a link where there is none of that name and size. */
export function providerIcon(name: string | undefined, size: 16 | 24 = 16): Html {
  const drawing = all.get(name ?? "")?.heights[size];
  return drawing ? drawn(drawing, size) : icon("link", size);
}
