/** Faults of commits that were made long ago and do no harm; the rest of what fsck finds refuses what came. */
const harmless = ["zeroPaddedFilemode", "badTimezone", "missingSpaceBeforeDate", "missingNameBeforeEmail", "badEmail"];

/** How git treats a mirror, whatever the mirror's own configuration says. */
export const mirrorSettings: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.askPass", ""],
  ["credential.helper", ""],
  ["maintenance.auto", "false"],
  ["gc.auto", "0"],
  ["gc.autoDetach", "false"],
  ["fetch.writeCommitGraph", "false"],
  ["fetch.recurseSubmodules", "false"],
  ["fetch.fsckObjects", "true"],
  ...harmless.map((name): [string, string] => [`fetch.fsck.${name}`, "ignore"]),
  // Packs alone are measured while they come, and there are few files.
  ["fetch.unpackLimit", "1"],
  ["transfer.bundleURI", "false"],
  ["protocol.allow", "never"],
  ["http.followRedirects", "false"],
  // What stands still is given up, so that a git whose onbehalf was killed ends, too. A server that makes a large pack
  // says little meanwhile, but something every few seconds.
  ["http.lowSpeedLimit", "1"],
  ["http.lowSpeedTime", "60"],
];

/** The settings of a run that may reach one server, with one credential for that server's address alone. */
export function remoteSettings(remote: { serverUrl: string; authorization: string }): [string, string][] {
  const { protocol } = new URL(remote.serverUrl);
  return [
    [`protocol.${protocol.slice(0, -1)}.allow`, "always"],
    [`http.${remote.serverUrl}/.extraHeader`, `Authorization: ${remote.authorization}`],
  ];
}
