/** A program that takes the whole screen and then has a fault that nobody catches. */
import process from "node:process";
import { openFullScreen, processStreams } from "../../src/cli/terminal/open.ts";

process.on("uncaughtException", (error: Error) => {
  process.stderr.write(`the fault was: ${error.message}\n`);
  process.exit(70);
});
const owner = { key() {}, resized() {}, ended() {} };
openFullScreen(processStreams(), owner, {}).draw(["drawn"]);
setTimeout(() => {
  throw new Error("on purpose");
}, 500);
