import { existsSync } from "node:fs";
import { appendFile, chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BareRepository } from "./bare-repository.ts";
import { isRefName } from "./ref-name.ts";
import { mustGit } from "./run-git.ts";

// Pushes obey the same protection as the API, and tell the sandbox exactly which refs moved.
const PRE_RECEIVE = `#!/bin/sh
while read -r old new ref; do
  case " $SANDBOX_PROTECTED_REFS " in
    *" $ref "*)
      echo "error: GH006: Protected branch update failed for $ref." >&2
      echo "error: Changes must be made through a pull request." >&2
      exit 1 ;;
  esac
  if [ -n "$SANDBOX_NO_WORKFLOWS" ] && [ "$new" != 0000000000000000000000000000000000000000 ]; then
    if git diff --name-only "$(git merge-base HEAD "$new" 2>/dev/null || git hash-object -t tree /dev/null)" "$new" | grep -q '^\\.github/workflows/'; then
      echo "refusing to allow a GitHub App to create or update workflow without \\\`workflows\\\` permission" >&2
      exit 1
    fi
  fi
done
`;
const POST_RECEIVE = `#!/bin/sh
if [ -n "$SANDBOX_PUSH_REPORT" ]; then cat > "$SANDBOX_PUSH_REPORT"; fi
`;
const BARE = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
`;
// Nothing here must outlive a power cut, and syncing refs to the disk costs more than the commit.
const CONFIG = `[core]
	fsync = none
[http]
	receivepack = true
[gc]
	auto = 0
[receive]
	autogc = false
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
`;

/** Makes a bare repository: empty, or a clone of a local one. One that a folder kept from before is used as it is. */
export async function createRepository(path: string, defaultBranch: string, from?: string): Promise<BareRepository> {
  if (existsSync(join(path, "HEAD"))) return new BareRepository(path);
  if (from) {
    // Another account's repository may be copied, too. git hands `-c` on to no other git, not even its own upload-pack.
    const anyOwner = ["-c", "safe.directory=*"];
    const how = ["--quiet", "--bare", "--no-hardlinks", "--template="];
    const uploadPack = "--upload-pack=git -c safe.directory='*' upload-pack";
    await mustGit([...anyOwner, "clone", ...how, uploadPack, "--", from, path]);
  } else {
    await layOut(path, defaultBranch);
  }
  const hooks = join(path, "hooks");
  await mkdir(hooks, { recursive: true });
  for (const [name, script] of [
    ["pre-receive", PRE_RECEIVE],
    ["post-receive", POST_RECEIVE],
  ] as const) {
    await writeFile(join(hooks, name), script);
    await chmod(join(hooks, name), 0o755);
  }
  await appendFile(join(path, "config"), CONFIG);
  return new BareRepository(path);
}

/** An empty repository as `git init --bare` makes it (gitrepository-layout), without a process for each. */
async function layOut(path: string, defaultBranch: string): Promise<void> {
  const head = `refs/heads/${defaultBranch}`;
  if (!isRefName(head)) throw new Error(`${defaultBranch} is not a branch name`);
  for (const folder of ["objects/info", "objects/pack", "refs/heads", "refs/tags"]) {
    await mkdir(join(path, folder), { recursive: true });
  }
  await writeFile(join(path, "config"), BARE);
  await writeFile(join(path, "HEAD"), `ref: ${head}\n`);
}
