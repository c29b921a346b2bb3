import type { Command } from "commander";
import type { RevocationOutcome } from "../actions/accounts/disconnect-account.ts";
import type { EndingDeps } from "../actions/accounts/end-pending-revocation.ts";
import { awaitRevocations } from "../actions/users/await-revocations.ts";
import { deactivateUser } from "../actions/users/deactivate-user.ts";
import { eraseUser } from "../actions/users/erase-user.ts";
import { findKnownUser } from "../actions/users/find-known-user.ts";
import { requireMasterKeys } from "../config/encryption-keys.ts";
import type { Environment } from "../config/environment.ts";
import { createKeyring } from "../crypto/keyring.ts";
import { Problem } from "../errors.ts";
import { verifyEncryptionKeys } from "../store/encryption-keys.ts";
import { findUser, parseUserReference } from "../store/users.ts";
import { openTerminal } from "./ask.ts";
import { type CommandDeps, withDatabase } from "./command.ts";

export interface UserDeps extends CommandDeps {
  environment: Environment;
  /** Where questions are asked and answered. */
  streams: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream };
}

/** `users deactivate | erase` */
export function userCommands(program: Command, deps: UserDeps): void {
  const users = program.command("users").description("people whose access ends");

  users
    .command("deactivate <ref>")
    .description("end all that lets anybody act or sign in as a user (ID, ext.ID or gh.NUMBER), at once")
    .option("--json", "print one JSON object")
    .action((reference: string, options: { json?: boolean }) =>
      withKeys(deps, async (tools) => {
        const userId = await requireUser(tools, reference);
        await deactivateUser(tools, { userId, by: { actor: "operator" } });
        await report(deps, tools, { userId, done: "Deactivated.", ...options });
      }),
    );

  users
    .command("erase <ref>")
    .description("deactivate a user (ID, ext.ID or gh.NUMBER) and remove all that says who they are; for good")
    .option("--yes", "do not ask")
    .option("--json", "print one JSON object")
    .action((reference: string, options: { yes?: boolean; json?: boolean }) =>
      withKeys(deps, async (tools) => {
        const userId = await requireUser(tools, reference);
        if (!options.yes) await confirm(deps, reference);
        await eraseUser(tools, { userId, by: { actor: "operator" } });
        await report(deps, tools, { userId, done: "Erased.", ...options });
      }),
    );
}

/**
 * Runs work that seals and opens, with keys that this database knows. It has no providers: their credentials are the
 * running replicas', which end the grants.
 */
export async function withKeys(deps: UserDeps, work: (tools: EndingDeps) => Promise<void>): Promise<void> {
  const keyring = createKeyring(requireMasterKeys(deps.environment));
  await withDatabase(deps, async (database) => {
    await verifyEncryptionKeys({ database, keyring });
    await work({ database, keyring, providers: new Map(), log: deps.log });
  });
}

async function requireUser(tools: EndingDeps, text: string): Promise<string> {
  const reference = parseUserReference(text);
  if (reference?.kind === "login") {
    const user = await findUser(tools.database, reference);
    const hint = user ? ` The user who has it here now is ${user.id}.` : "";
    throw new Problem("bad_request", `Logins get re-registered: name the user by ID, ext.ID or gh.NUMBER.${hint}`);
  }
  const userId = reference && (await findKnownUser(tools, reference));
  if (!userId) throw new Problem("user_not_found", `There is no user "${text}": name them by id, ext.ID or gh.NUMBER.`);
  return userId;
}

async function confirm(deps: UserDeps, reference: string): Promise<void> {
  const terminal = openTerminal(
    deps.streams,
    "Nobody answered, and nothing was changed: say --yes to erase without being asked.",
  );
  try {
    const answer = await terminal.ask(
      `This removes ${reference} for good, and ends their authorisations. Write ${reference} once more to do it.`,
    );
    if (answer !== reference) throw new Problem("bad_request", "That is something else: nothing was changed.");
  } finally {
    terminal.close();
  }
}

const stateWords: Record<RevocationOutcome, string> = {
  done: "No authorisation of theirs is left.",
  pending: "Ending their authorisation goes on: a running onbehalf tries until the provider confirms.",
  unconfirmed:
    "The provider could not confirm the end of an authorisation: they see in its settings whether it is gone.",
};

async function report(
  deps: UserDeps,
  tools: EndingDeps,
  ended: { userId: string; done: string; json?: boolean },
): Promise<void> {
  const revocations = await awaitRevocations(tools, ended.userId);
  if (ended.json) deps.print(JSON.stringify({ id: ended.userId, revocations }));
  else deps.print(`${ended.done} ${stateWords[revocations]}`);
}
