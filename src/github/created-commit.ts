import { z } from "zod";

/** What GitHub returned about a commit that was made. */
export interface CreatedCommit {
  oid: string;
  url: string;
  verified: boolean;
  author: { login: string | null; name: string; email: string };
}

/** What is asked of GraphQL about a commit. */
export const commitFields = "oid url author { name email user { login } } signature { isValid }";

export const commitNode = z.object({
  oid: z.string(),
  url: z.string(),
  author: z.object({
    name: z.string().nullable(),
    email: z.string().nullable(),
    user: z.object({ login: z.string() }).nullable(),
  }),
  signature: z.object({ isValid: z.boolean() }).nullable(),
});

export function toCreatedCommit(node: z.infer<typeof commitNode>): CreatedCommit {
  return {
    oid: node.oid,
    url: node.url,
    verified: node.signature?.isValid ?? false,
    author: { login: node.author.user?.login ?? null, name: node.author.name ?? "", email: node.author.email ?? "" },
  };
}
