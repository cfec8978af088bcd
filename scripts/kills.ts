/**
 * Kills real manors and a real worker with SIGKILL at random moments while durable messages flow, and
 * fails if one was lost, or handed over twice without a word.
 *
 *     deno task kills [--times N] [--seed N] [--pause MS] [--victims alpha,beta,worker] [--ordered] [--json]
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
    json: { type: "boolean", default: false },
  },
});
const print = values.json ? console.error : console.log;
print(`seed ${values.seed}`);
const report = await killAtRandom({
  times: Number(values.times),
  seed: Number(values.seed),
  pauseMs: Number(values.pause),
  victims: values.victims.split(",") as Victim[],
  ordered: values.ordered,
  say: (line) => print(line),
});
const { kills, sent, stored, delivered, lost, twice, again, repeated, wrong, early, ms } = report;
const killed = Object.entries(kills).map(([victim, times]) => `${times} of ${victim}`).join(", ");
print(`kills: ${killed}, in ${Math.round(ms / 1000)} s`);
print(`${sent} messages sent, ${stored} stored, ${delivered} delivered`);
print(
  `${lost.length} lost, ${twice.length} handed over twice, ${again} said to be again (${repeated} were)`,
);
if (values.ordered) print(`${early.length} out of order`);
for (const line of [...lost, ...twice, ...wrong].slice(0, 20)) print(`  ${line}`);
const isGood = lost.length + twice.length + wrong.length === 0 &&
  (!values.ordered || early.length === 0);
print(isGood ? "nothing lost, nothing twice" : "FAILED");
if (values.json) {
  const counts = { lost: lost.length, twice: twice.length, early: early.length, again, repeated };
  console.log(
    JSON.stringify({ kills, ordered: values.ordered, sent, stored, delivered, ...counts }),
  );
}
process.exitCode = isGood ? 0 : 1;
