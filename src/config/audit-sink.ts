import { fileURLToPath } from "node:url";
import { readReceiverUrl } from "./addresses.ts";
import type { Environment, Fault } from "./environment.ts";

/** Where the audit log is streamed to: a file, or somebody who takes lines of JSON. */
export type AuditSinkConfig = { file: string } | { url: string; token: string | null };

/** @returns null where it is streamed nowhere, or after a fault */
export function readAuditSink(env: Environment, fault: Fault): AuditSinkConfig | null {
  const [sink, token] = [env.AUDIT_SINK?.trim(), env.AUDIT_SINK_TOKEN?.trim()];
  if (!sink) {
    if (token) fault("AUDIT_SINK_TOKEN is given without AUDIT_SINK: say where the audit log goes, or leave both out.");
    return null;
  }
  if (/^file:/i.test(sink)) {
    if (token) fault("AUDIT_SINK_TOKEN is for an https:// sink: a file takes none. Leave it out.");
    const path = filePath(sink);
    if (!path) fault("AUDIT_SINK is no file's address such as file:///var/log/onbehalf/audit.ndjson.");
    return path ? { file: path } : null;
  }
  if (token && !/^[\x21-\x7e]+$/.test(token)) fault("AUDIT_SINK_TOKEN has characters that no header takes.");
  if (!/^https?:/i.test(sink)) {
    fault("AUDIT_SINK is neither file:///… nor https://…: name a file, or an address that takes lines of JSON.");
    return null;
  }
  const url = readReceiverUrl(sink, fault, "AUDIT_SINK");
  return url ? { url, token: token || null } : null;
}

function filePath(address: string): string | null {
  const url = URL.parse(address);
  if (!/^file:\/\/\//i.test(address) || !url || url.search || url.hash || url.pathname.endsWith("/")) return null;
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}
