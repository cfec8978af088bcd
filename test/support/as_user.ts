/**
 * Runs a command line of raet as another user: loads what it needs as root, gives root up for good, and
 * goes on. So it works wherever the program lies, also where that user could not read it.
 *
 *     as_user.ts UID GID[,GID…] ARGUMENTS OF raet
 *
 * @module
 */
import process from "node:process";
import "../../src/cli/ask.ts";
import "../../src/cli/claim.ts";
import "../../src/cli/send/run.ts";
import "../../src/client/attach.ts";
import "../../src/crypto/fingerprint.ts";
import "../../src/manor/policy_check.ts";
import "../../src/manor/service.ts";
import { runProgram } from "../../src/cli/program.ts";
import { flushOutput, processWorld } from "../../src/cli/world.ts";

const [uid, gids, ...args] = process.argv.slice(2);
becomeUser(Number(uid), gids.split(",").map(Number));
const exitCode = await runProgram(args, processWorld());
await flushOutput();
process.exit(exitCode);

/** Real, effective and saved ids alike, so that there is no way back. */
function becomeUser(uid: number, gids: readonly number[]): void {
  const libc = Deno.dlopen("libc.so.6", {
    setgroups: { parameters: ["usize", "buffer"], result: "i32" },
    setresgid: { parameters: ["u32", "u32", "u32"], result: "i32" },
    setresuid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  }).symbols;
  const groups = new Uint8Array(Uint32Array.from(gids).buffer);
  const failed = libc.setgroups(BigInt(gids.length), groups) !== 0 ||
    libc.setresgid(gids[0], gids[0], gids[0]) !== 0 || libc.setresuid(uid, uid, uid) !== 0;
  if (failed) throw new Error("root could not be given up");
}
