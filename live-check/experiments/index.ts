import type { Experiment } from "../experiment.ts";
import { archivedRepository } from "./archived-repository.ts";
import { codeVerifier } from "./code-verifier.ts";
import { commitEmail } from "./commit-email.ts";
import { deletedGrant } from "./deleted-grant.ts";
import { deletedToken } from "./deleted-token.ts";
import { eleventhToken } from "./eleventh-token.ts";
import { memberships } from "./memberships.ts";
import { noWriteAccess } from "./no-write-access.ts";
import { protectedBranch } from "./protected-branch.ts";
import { redirectOrder } from "./redirect-order.ts";
import { refusals } from "./refusals.ts";
import { scopedTokens } from "./scoped-tokens.ts";
import { signatures } from "./signatures.ts";
import { updateRefs } from "./update-refs.ts";

/** In the order in which they are played: what kills tokens comes last. */
export const experiments: Experiment[] = [
  redirectOrder,
  memberships,
  commitEmail,
  updateRefs,
  signatures,
  refusals,
  protectedBranch,
  archivedRepository,
  noWriteAccess,
  codeVerifier,
  deletedToken,
  scopedTokens,
  eleventhToken,
  deletedGrant,
];
