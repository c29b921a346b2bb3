import type { ReachedApp } from "./check-app.ts";
import { type Finding, failure, ok, warning } from "./finding.ts";
import type { WantedAccess } from "./wanted-access.ts";

const levels = ["none", "read", "write", "admin"];

/** Permissions that the first has and the second lacks, as `name:level`. */
export function lacking(wanted: Record<string, string>, granted: Record<string, string>): string[] {
  const level = (name = "none") => levels.indexOf(name);
  return Object.entries(wanted)
    .filter(([name, need]) => level(granted[name]) < level(need))
    .map(([name, need]) => `${name}: ${need}`);
}

/** The App's permissions are those of `app.yml`, no fewer and no more. */
export async function checkPermissions(app: ReachedApp, wanted: WantedAccess): Promise<Finding> {
  const missing = lacking(wanted.permissions, app.permissions);
  if (missing.length > 0) {
    const repair = `Add them at ${app.settingsUrl}/permissions; then each owner accepts them.`;
    return failure(`The App lacks permissions: ${missing.join(", ")}.`, repair);
  }
  const unsure = lacking(wanted.perhaps, app.permissions);
  if (unsure.length > 0) {
    const says = `The App lacks ${unsure.join(", ")}: without it GitHub may not tell who is a member of the organisation.`;
    return warning(says, `Add it at ${app.settingsUrl}/permissions; then each owner accepts it.`);
  }
  const needless = lacking(app.permissions, { ...wanted.perhaps, ...wanted.permissions });
  if (needless.length > 0) {
    const says = `The App has permissions that onbehalf doesn't use (least privilege): ${needless.join(", ")}.`;
    return warning(says, `Remove them at ${app.settingsUrl}/permissions unless something else needs them.`);
  }
  return ok("The App has exactly the permissions of app.yml.");
}

/** GitHub sends the events of `app.yml`. */
export async function checkEvents(app: ReachedApp, wanted: WantedAccess): Promise<Finding> {
  const missing = wanted.events.filter((event) => !app.events.includes(event));
  if (missing.length > 0) {
    const repair = `Subscribe at ${app.settingsUrl}/permissions.`;
    return failure(`The App isn't subscribed to events: ${missing.join(", ")}.`, repair);
  }
  const needless = app.events.filter((event) => !wanted.events.includes(event));
  if (needless.length > 0) {
    const says = `The App gets events that onbehalf doesn't use: ${needless.join(", ")}.`;
    return warning(says, `Unsubscribe at ${app.settingsUrl}/permissions unless something else needs them.`);
  }
  return ok("The App is subscribed to exactly the events of app.yml.");
}
