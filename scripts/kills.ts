/**
 * Kills real manors and a real worker with SIGKILL at random moments while durable messages flow, and
 * fails if one was lost, or handed over twice without a word.
 *
 *     deno task kills [--times N] [--seed N] [--pause MS] [--victims alpha,beta,worker] [--ordered]
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { killAtRandom, type Victim, VICTIMS } from "../test/support/kills.ts";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000 + 1) },
    pause: { type: "string", default: "2000" },
    victims: { type: "string", default: VICTIMS.join() },
    ordered: { type: "boolean", default: false },
  },
});
console.log(`seed ${values.seed}`);
const report = await killAtRandom({
  times: Number(values.times),
  seed: Number(values.seed),
  pauseMs: Number(values.pause),
  victims: values.victims.split(",") as Victim[],
  ordered: values.ordered,
  say: (line) => console.log(line),
});
const { kills, sent, stored, delivered, lost, twice, again, repeated, wrong, early, ms } = report;
const killed = Object.entries(kills).map(([victim, times]) => `${times} of ${victim}`).join(", ");
console.log(`kills: ${killed}, in ${Math.round(ms / 1000)} s`);
console.log(`${sent} messages sent, ${stored} stored, ${delivered} delivered`);
console.log(
  `${lost.length} lost, ${twice.length} handed over twice, ${again} said to be again (${repeated} were)`,
);
if (values.ordered) console.log(`${early.length} out of order`);
for (const line of [...lost, ...twice, ...wrong].slice(0, 20)) console.log(`  ${line}`);
const isGood = lost.length + twice.length + wrong.length === 0 &&
  (!values.ordered || early.length === 0);
console.log(isGood ? "nothing lost, nothing twice" : "FAILED");
process.exitCode = isGood ? 0 : 1;
