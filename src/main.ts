/**
 * The program `raet`.
 *
 * @module
 */
import process from "node:process";
import { runProgram } from "./cli/program.ts";
import { endProcess, processWorld } from "./cli/world.ts";

const world = processWorld();
const exitCode = await runProgram(process.argv.slice(2), world);
await endProcess(exitCode, world.signal);
