import type { CreatedCommit } from "../../github/created-commit.ts";
import type { RepositoryName } from "../../github/read-branch.ts";
import { readCommitEmail } from "../../github/read-commit-email.ts";
import type { ActingIdentity } from "../../store/authority.ts";
import type { ActingDeps, Attribution } from "./act-as.ts";
import { noreplyAddress, personName } from "./person-name.ts";
import { addTrailers, type Message, type Trailer } from "./trailers.ts";

export interface Credits {
  coAuthors: { name: string; email: string }[];
  creditBot: boolean;
  /** In words, for the message. */
  requestedBy?: string | undefined;
  runUrl?: string | undefined;
  signOff: boolean;
}

/** A message with its trailers, and the address that it was signed off with. */
export interface SignedMessage {
  message: Message;
  signedOffEmail: string | null;
}

/**
 * Puts the trailers at the end of a commit's message: who else wrote it, who asked for it and where it was run, and the
 * person's sign-off. https://docs.github.com/en/pull-requests/committing-changes-to-your-project/creating-and-editing-commits/creating-a-commit-with-multiple-authors
 * @param acting.fallback the app commits in the person's place: then they are named as co-author
 */
export async function writeMessage(
  deps: Pick<ActingDeps, "client" | "app" | "log">,
  token: string,
  acting: { identity: ActingIdentity; attribution: Attribution; fallback: boolean; repository: RepositoryName },
  message: Message,
  credits: Credits,
): Promise<SignedMessage> {
  const { identity, attribution } = acting;
  const trailers: Trailer[] = [];
  if (acting.fallback) trailers.push(coAuthor(personName(identity), noreplyAddress(identity)));
  for (const { name, email } of credits.coAuthors) trailers.push(coAuthor(name, email));
  if (credits.creditBot && attribution === "user") {
    const bot = await deps.app.bot(token);
    trailers.push(coAuthor(bot.login, `${bot.id}+${bot.login}@users.noreply.github.com`));
  }
  if (credits.requestedBy) trailers.push({ token: "Requested-by", value: credits.requestedBy });
  if (credits.runUrl) trailers.push({ token: "Run", value: credits.runUrl });
  let signedOffEmail: string | null = null;
  // A sign-off certifies in the author's own name: the app can't give it for them.
  if (credits.signOff && attribution === "user") {
    // GitHub knows the person's choice of today; an address that they have withdrawn must not be published.
    signedOffEmail =
      (await readCommitEmail(deps, token, acting.repository)) ?? identity.commitEmail ?? noreplyAddress(identity);
    trailers.push({ token: "Signed-off-by", value: `${personName(identity)} <${signedOffEmail}>` });
  }
  return { message: addTrailers(message, trailers), signedOffEmail };
}

/** Names and addresses come from profiles: what would end the address early, or begin another line, goes. */
function coAuthor(name: string, email: string): Trailer {
  return { token: "Co-authored-by", value: `${name.replaceAll(/[<>\r\n]/g, "")} <${email.replaceAll(/[<>\s]/g, "")}>` };
}

/** Whether a commit carries the address that it was signed off with. */
export function signOffFits(signedOffEmail: string | null, commit: CreatedCommit): boolean {
  return signedOffEmail?.toLowerCase() === commit.author.email.toLowerCase();
}
