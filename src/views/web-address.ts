/**
 * An address that may be put into `href` or `src`, or undefined. Escaping can't stop `javascript:`, so only
 * http, https and paths of this site are let through ("//host" is another site, and "\" counts as "/" to browsers).
 */
export function webAddress(address: string | null | undefined): string | undefined {
  if (!address) return undefined;
  if (/^\/(?![/\\])/.test(address)) return address;
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol) ? address : undefined;
}
