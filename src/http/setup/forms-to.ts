import type { FastifyReply } from "fastify";

/**
 * Lets the forms of one answer lead to GitHub, which is known only once it was chosen. Chromium applies the rule to the
 * redirect that follows a form, too.
 */
export function allowFormsTo(reply: FastifyReply, address: string): void {
  const policy = String(reply.getHeader("content-security-policy"));
  reply.header(
    "content-security-policy",
    policy.replace("form-action 'self'", `form-action 'self' ${new URL(address).origin}`),
  );
}
