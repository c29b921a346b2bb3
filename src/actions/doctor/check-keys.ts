import type { Config } from "../../config/read-config.ts";
import { createKeyring } from "../../crypto/keyring.ts";
import type { Database } from "../../store/database.ts";
import { findKeyFaults } from "../../store/encryption-keys.ts";
import { inspectSealed } from "../../store/sealed/inspect-sealed.ts";
import { type Finding, failure, ok } from "./finding.ts";

const sample = 25;

/** The keys are those that the database knows, and open what is stored: a sample of what each key seals. */
export async function checkKeys(config: Config, database: Database): Promise<Finding> {
  const keyring = createKeyring(config.encryptionKeys);
  const faults = await findKeyFaults({ database, keyring });
  if (faults.length > 0) {
    return failure(faults.join("\n"), "Nothing is lost while the former key can be put back.");
  }
  const sealed = await inspectSealed({ database, keyring }, { sample });
  const shut = sealed.filter(({ unopened }) => unopened > 0);
  if (shut.length > 0) {
    const says = shut.map(({ keyId, unopened, tried }) => `Key "${keyId}" opens ${tried - unopened} of ${tried} rows.`);
    const repair = "Rows were altered or moved; restore them from a backup, or let these people connect again.";
    return failure(says.join("\n"), repair);
  }
  const counted = sealed.map(({ keyId, rows, tried }) => `"${keyId}" seals ${rows} rows (${tried} opened)`);
  const others = keyring.ids
    .filter((id) => !sealed.some(({ keyId }) => keyId === id))
    .map((id) => `"${id}" seals none`);
  return ok(`Keys: ${[...counted, ...others].join(", ")}; "${keyring.activeId}" seals what is new.`);
}
