import { inspect } from "node:util";
import { startDemoAmocrm } from "./amocrm.ts";
import { DemoError } from "./demo-error.ts";
import { startFileProvider } from "./file-provider.ts";
import { makeFolder } from "./folder.ts";
import { startDemoGoogle } from "./google.ts";
import { lookAround } from "./look-around.ts";
import { lastLines, startOnbehalf, untilReady } from "./onbehalf.ts";
import { writeOperatorFile } from "./operator-file.ts";
import type { DemoOptions } from "./options.ts";
import { configure, original, prepareTarget, startGithub } from "./prepare.ts";
import { Steps } from "./steps.ts";
import { commitFor, walk } from "./walk.ts";

/**
 * The whole demo: starts a GitHub and onbehalf, walks the main job, stays up unless told otherwise, and takes
 * everything down again in reverse order.
 * @param deps.signal aborted by Ctrl-C
 */
export async function runDemo(
  deps: { print: (line: string) => void; complain: (line: string) => void; signal: AbortSignal },
  options: DemoOptions,
): Promise<"done" | "failed"> {
  const { print, complain, signal } = deps;
  const from = await original(options.repo);
  const folder = await makeFolder();
  const undo: (() => Promise<void>)[] = [];
  let failed = false;
  try {
    const steps = new Steps(print);
    const github = await startGithub(folder);
    undo.push(github.close);
    const target = await prepareTarget(github, from);
    const { url, installation } = await configure(folder, github, signal);
    const { amocrm, environment } = await startDemoAmocrm(url);
    undo.push(amocrm.close);
    const acme = await startFileProvider(url, folder.path);
    undo.push(acme.openid.close);
    const google = await startDemoGoogle(url);
    undo.push(google.google.close);
    Object.assign(installation.environment, environment, acme.environment, google.environment);
    const onbehalf = startOnbehalf(installation);
    undo.push(onbehalf.stop);
    await untilReady(onbehalf, url, signal);
    print("onbehalf's demo. It runs on this machine alone; every person and address in it is made up.\n");
    steps.say(
      "A GitHub of our own and onbehalf are up, with a PostgreSQL of their own.",
      from ? `${target.fullName} is a copy of ${from.path}.` : "Real git, real OAuth, real HTTP.",
    );
    const place = {
      url,
      githubUrl: github.webUrl,
      amocrmUrl: amocrm.webUrl,
      googleUrl: google.google.issuer,
      acmeUrl: acme.openid.issuer,
    };
    const { report, refusal, key } = await walk({ steps, ...place, installation, signal }, target);
    if (!options.once) {
      await writeOperatorFile(installation);
      const next = commitFor(target, {
        message: { headline: "Say more" },
        changes: [{ path: "onbehalf-demo/more.txt", content: "more\n" }],
      });
      print(`\n${lookAround({ ...place, target, folder: folder.path }, { oid: report.oid, key, next })}`);
    }
    if (options.json) print(JSON.stringify({ ...report, after_revocation: refusal }));
    if (!options.once) await Promise.race([aborted(signal), onbehalf.ended]);
  } catch (error) {
    failed = !signal.aborted;
    if (failed) complain(error instanceof DemoError ? error.message : inspect(error));
  }
  for (const release of undo.reverse()) {
    await release().catch((error) => {
      failed = true;
      complain(`A part did not stop cleanly: ${inspect(error)}`);
    });
  }
  if (failed) await showLog(complain, folder.log);
  await folder.remove({ keepLog: failed });
  return failed ? "failed" : "done";
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

async function showLog(complain: (line: string) => void, file: string): Promise<void> {
  const lines = await lastLines(file);
  if (lines.length > 0) complain(`\nThe last lines of onbehalf's log, ${file}:`);
  for (const line of lines) complain(`  ${line}`);
}
