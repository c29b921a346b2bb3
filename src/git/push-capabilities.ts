/**
 * What client and server may agree on about a push, as far as we know what it means: what we don't know could change
 * what the lines of a push mean. Signed pushes (`push-cert`) are not among it: their commands stand within a signature,
 * which can't be re-encoded.
 */
const known =
  /^(report-status|report-status-v2|side-band-64k|delete-refs|ofs-delta|no-thin|quiet|atomic|push-options|object-format=(sha1|sha256)|(agent|session-id)=[\x21-\x7e]{1,300})$/;

export function isKnownCapability(capability: string): boolean {
  return known.test(capability);
}
