import type { AuditRow } from "../store/audit-log.ts";

const oid = /^[0-9a-f]{40,64}$/;

/**
 * Where on the configured GitHub an event can be seen: its commit, its pull request, else its repository. Each part is
 * checked, whoever wrote it: the address is GitHub's, whatever an event says.
 */
export function auditLink(
  deps: { githubUrl: string },
  {
    action,
    provider,
    repository,
    detail,
    result,
  }: Pick<AuditRow, "action" | "provider" | "repository" | "detail" | "result">,
): string | null {
  if (provider !== "github" && provider !== "github-lite") return null;
  const [, owner = "", name = ""] = /^([\w.-]+)\/([\w.-]+)$/.exec(repository ?? "") ?? [];
  if (!owner || !name || [owner, name].some((part) => /^\.+$/.test(part))) return null;
  const place = `${deps.githubUrl.replace(/\/$/, "")}/${owner}/${name}`;
  const commit = action === "commit" ? detail.oid : action === "git.push" ? detail.to : null;
  if (typeof commit === "string" && oid.test(commit) && !/^0+$/.test(commit) && result !== "failed") {
    return `${place}/commit/${commit}`;
  }
  const number = action === "pull_request" ? detail.number : null;
  return Number.isSafeInteger(number) && Number(number) > 0 ? `${place}/pull/${number}` : place;
}
