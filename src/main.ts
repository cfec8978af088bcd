/**
 * The program `raet`.
 *
 * @module
 */
import process from "node:process";
import { runProgram } from "./cli/program.ts";
import { flushOutput, processWorld } from "./cli/world.ts";

const exitCode = await runProgram(process.argv.slice(2), processWorld());
await flushOutput();
process.exit(exitCode);
