import { isSecure } from "../../config/return-to-origins.ts";
import { Problem } from "../../errors.ts";

/**
 * Where a platform wants its people back: under one of the configured origins, compared whole after parsing (no open
 * redirector, RFC 9700 4.11). What parsers read differently, such as a backslash or a user name, is no address here.
 * @returns the address as it was understood
 * @throws Problem `return_to_not_allowed`
 */
export function requireReturnTo(origins: readonly string[], text: string): string {
  const url = /^https?:\/\/[^\s\\]+$/i.test(text) ? URL.parse(text) : null;
  if (!url || url.username || url.password) {
    throw new Problem(
      "return_to_not_allowed",
      "return_to is no whole address such as https://app.example.com/connected.",
    );
  }
  if (!isSecure(url) || !origins.includes(url.origin)) {
    const listed = origins.length > 0 ? `It lists ${origins.join(", ")}.` : "It lists none.";
    throw new Problem(
      "return_to_not_allowed",
      `return_to leads to ${url.origin}, which is not among RETURN_TO_ORIGINS. ${listed} An operator can add it.`,
    );
  }
  return url.href;
}
