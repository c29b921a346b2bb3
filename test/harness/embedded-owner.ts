import { startEmbedded } from "../../src/store/embedded/start-embedded.ts";

/*
 * A process that runs on the folder it is given: says so in one line of JSON, stops when told `stop` on stdin, and
 * ignores a Ctrl-C as the app does while it shuts down in order.
 */
process.on("SIGINT", () => {});
const [dataDir = ""] = process.argv.slice(2);
try {
  const embedded = await startEmbedded({ log: console.error }, { dataDir, settings: { fsync: "off" } });
  console.log(JSON.stringify({ url: embedded.url, started: embedded.started }));
  process.stdin.once("data", async () => {
    await embedded.stop();
    process.exit();
  });
} catch (error) {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  console.log(JSON.stringify({ code, message: String(error) }));
}
