import { z } from "zod";
import { lacking } from "./check-access.ts";
import type { ReachedApp } from "./check-app.ts";
import { type Finding, failure, ok, warning } from "./finding.ts";

const pageSize = 100;
/** Enough for any deployment of this kind; nobody waits for more. */
const mostPages = 10;

const installationsAnswer = z.array(
  z.object({
    account: z.object({ login: z.string().optional(), slug: z.string().optional() }).nullish(),
    permissions: z.record(z.string(), z.string()),
    suspended_at: z.string().nullish(),
    html_url: z.string(),
  }),
);
type Installation = z.infer<typeof installationsAnswer>[number];

/** Where the App is installed, and where it can't do its work. */
export async function checkInstallations(config: { webUrl: string }, app: ReachedApp): Promise<Finding> {
  const found: Installation[] = [];
  for (let page = 1; page <= mostPages; page++) {
    const answer = await app.client.rest(app.jwt, "GET /app/installations", { per_page: pageSize, page });
    const listed = installationsAnswer.safeParse(answer.data);
    if (answer.status !== 200 || !listed.success) {
      return failure(`GitHub answered ${answer.status} when asked for the App's installations.`);
    }
    found.push(...listed.data);
    if (listed.data.length < pageSize) break;
  }
  if (found.length === 0) {
    const repair = `An owner installs it: ${config.webUrl}/apps/${app.slug}/installations/new`;
    return warning("The App is installed nowhere, so that nobody can commit.", repair);
  }
  const suspended = found.filter((one) => one.suspended_at);
  const outdated = found.filter((one) => lacking(app.permissions, one.permissions).length > 0);
  if (suspended.length === 0 && outdated.length === 0) {
    return ok(`The App is installed on ${counted(found)}.`);
  }
  const troubles = [
    ...suspended.map((one) => `${nameOf(one)} suspended it`),
    ...outdated.map(
      (one) => `${nameOf(one)} has yet to accept ${lacking(app.permissions, one.permissions).join(", ")}`,
    ),
  ];
  const places = [...new Set([...suspended, ...outdated].map((one) => one.html_url))];
  const repair = `An owner goes to ${places.join(", ")}.`;
  return warning(`The App is installed on ${counted(found)}; ${troubles.join("; ")}.`, repair);
}

function counted(installations: Installation[]): string {
  const [only] = installations;
  if (only && installations.length === 1) return nameOf(only);
  const some = installations.length < pageSize * mostPages ? "" : "at least ";
  return `${some}${installations.length} accounts`;
}

function nameOf({ account }: Installation): string {
  return account?.login ?? account?.slug ?? "an account";
}
