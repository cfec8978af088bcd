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
import "../../src/cli/doctor/examine.ts";
import "../../src/cli/send/run.ts";
import "../../src/client/attach.ts";
import "../../src/crypto/fingerprint.ts";
import "../../src/manor/policy_check.ts";
import "../../src/manor/service.ts";
import { runProgram } from "../../src/cli/program.ts";
import { bunFfi, isBun } from "../../src/io/bun.ts";
import { endProcess, processWorld } from "../../src/cli/world.ts";

const [uid, gids, ...args] = process.argv.slice(2);
becomeUser(Number(uid), gids.split(",").map(Number));
const world = processWorld();
const exitCode = await runProgram(args, world);
await endProcess(exitCode, world.signal);

/** Real, effective and saved ids alike, so that there is no way back. */
function becomeUser(uid: number, gids: readonly number[]): void {
  const groups = new Uint8Array(Uint32Array.from(gids).buffer);
  const { setgroups, setresgid, setresuid } = isBun ? callsOfBun() : callsOfDeno();
  const isOther = setgroups(gids.length, groups) === 0 &&
    setresgid(gids[0], gids[0], gids[0]) === 0 && setresuid(uid, uid, uid) === 0;
  if (!isOther) throw new Error("root could not be given up");
}

interface Calls {
  setgroups(count: number, groups: Uint8Array<ArrayBuffer>): number;
  setresgid(real: number, effective: number, saved: number): number;
  setresuid(real: number, effective: number, saved: number): number;
}

function callsOfDeno(): Calls {
  const ids = { parameters: ["u32", "u32", "u32"], result: "i32" } as const;
  const { setgroups, ...calls } = Deno.dlopen("libc.so.6", {
    setgroups: { parameters: ["usize", "buffer"], result: "i32" },
    setresgid: ids,
    setresuid: ids,
  }).symbols;
  return { ...calls, setgroups: (count, groups) => setgroups(BigInt(count), groups) };
}

function callsOfBun(): Calls {
  const ids = { args: ["u32", "u32", "u32"], returns: "i32" } as const;
  return bunFfi().dlopen("libc.so.6", {
    setgroups: { args: ["usize", "ptr"], returns: "i32" },
    setresgid: ids,
    setresuid: ids,
  }).symbols as unknown as Calls;
}
