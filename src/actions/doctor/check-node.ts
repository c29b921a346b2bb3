import { type Finding, failure, ok, warning } from "./finding.ts";

/** As `engines` in package.json says. */
export const oldestNode = [22, 18] as const;
/** The version that onbehalf is tested with. */
const testedNode = 24;

/** Node is new enough to run TypeScript as it is. */
export async function checkNode(version: string): Promise<Finding> {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    return failure(`This is Node ${version}.`, `Use Node ${oldestNode.join(".")} or newer.`);
  }
  if (major === testedNode) return ok(`Node ${version}.`);
  const repair = `onbehalf is tested with Node ${testedNode}, which its npm scripts use.`;
  return warning(`This is Node ${version}.`, repair);
}
