import { Problem } from "../../errors.ts";
import { findPerson } from "../../github/find-person.ts";
import { ProviderFailure } from "../../providers/failure.ts";

/**
 * The numeric id of a person at GitHub, named by login or as `gh.NUMBER`. Logins get re-registered, so only the number
 * is ever kept.
 * @throws Problem `bad_request`, `provider_unavailable`
 */
export async function findAdmin(
  deps: { fetch: typeof globalThis.fetch },
  request: { person: string; apiUrl: string },
): Promise<string> {
  const number = /^gh\.([1-9]\d{0,18})$/.exec(request.person)?.[1];
  if (number) return number;
  const login = /^@?([A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}))$/.exec(request.person)?.[1];
  if (!login) throw new Problem("bad_request", "The first admin is a GitHub login or gh.NUMBER.");
  try {
    const id = await findPerson(deps, { apiUrl: request.apiUrl, login });
    if (id !== null) return String(id);
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    const says = `GitHub does not tell who ${login} is: give the admin as gh.NUMBER, their numeric id.`;
    throw new Problem("provider_unavailable", says, { cause: error });
  }
  throw new Problem("bad_request", `There is no person ${login} at GitHub.`);
}
