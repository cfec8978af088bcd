/**
 * Runs seeds of the simulator.
 *
 *     deno task sim --seeds A..B [--chaos SECONDS]   a range; ends with the first finding's seed
 *     deno task sim --seeds N --steps                one seed, each step as it is taken
 *     deno task sim --seeds N --trace                the same with every datagram and what manors log
 *     deno task sim --seeds A..B --all               goes on after a finding
 *     deno task sim --seeds A..B --attacked          with somebody on the network in every seed
 *
 * A seed is the whole of it: the same seed at the same commit takes the same steps.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { formatAddress } from "../src/base/address.ts";
import { Drop } from "../src/base/drop.ts";
import type { Log } from "../src/base/log.ts";
import { PacketKind, TransactionKind } from "../src/wire/kinds.ts";
import { parsePacket } from "../src/wire/packet.ts";
import { type Report, runSeed } from "../test/sim/trial.ts";
import type { World } from "../test/sim/world.ts";

const { from, to, steps, trace, all, chaosMs, attacked } = readArguments(process.argv.slice(2));
const began = performance.now();
const totals: Record<string, number> = {};
let found = 0;
let virtualMs = 0;
for (let seed = from; seed <= to; seed++) {
  const report = await run(seed);
  virtualMs += report.virtualMs;
  add("steps", report.steps);
  add("datagrams", report.datagrams);
  add("messages", report.messages);
  for (const [told, count] of Object.entries(report.told)) add(told, count);
  if (report.finding === null) continue;
  found++;
  tell(report);
  if (!all) break;
}
const seconds = (performance.now() - began) / 1000;
console.log(
  `${to - from + 1} seeds, ${found} findings, ${
    (virtualMs / 1000).toFixed(0)
  } virtual seconds in ` +
    `${seconds.toFixed(1)} s; ${Object.entries(totals).map(([k, n]) => `${k} ${n}`).join(", ")}`,
);
process.exitCode = found === 0 ? 0 : 1;

async function run(seed: number): Promise<Report> {
  const onStep = steps ? (text: string) => console.log(text) : undefined;
  return await runSeed(seed, { onStep, chaosMs, attacked, prepare: trace ? traced : undefined });
}

/** Has a world print what goes over its network, and what its manors log. */
function traced(world: World): void {
  const nameOf = (names: Record<string, number>, value: number) =>
    Object.keys(names).find((name) => names[name] === value) ?? String(value);
  world.network.onSend = ({ from, to, bytes }) => {
    const packet = parsePacket(bytes);
    const way = `    ${formatAddress(from)} > ${formatAddress(to)}`;
    if (packet instanceof Drop) {
      return console.log(`${way} ${packet.reason}, ${bytes.length} bytes`);
    }
    const { head } = packet;
    const kind = nameOf(TransactionKind, head.transactionKind);
    const step = nameOf(PacketKind, head.packetKind);
    const numbers = `from ${head.sourceId} to ${head.destinationId}, session ${head.sessionId}`;
    console.log(`${way} ${kind} ${head.transactionId} ${step}, ${numbers}, ${bytes.length} bytes`);
  };
  const write: Log["write"] = (level, { topic, what, who, why }) => {
    console.log(`    ${level} ${topic}: ${[what, who, why].filter(Boolean).join(", ")}`);
  };
  world.log = { wants: () => true, write };
}

function tell({ seed, finding, faults, digest }: Report): void {
  const { checker, text, step, at } = finding!;
  console.log(`seed ${seed} at commit ${commit()}: ${checker}: ${text}`);
  console.log(`  after step ${step}, ${(at / 1000).toFixed(3)} s; digest ${digest}`);
  console.log(`  faults: ${faults.join(", ") || "none"}`);
  console.log(`  again, step by step: deno task sim --seeds ${seed} --steps`);
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
    const isChanged = git("status", "--porcelain", "--untracked-files=no") !== "";
    return git("rev-parse", "--short", "HEAD") + (isChanged ? " with changes" : "");
  } catch {
    return "unknown";
  }
}

function add(name: string, count: number): void {
  totals[name] = (totals[name] ?? 0) + count;
}

function readArguments(args: string[]) {
  const valueOf = (name: string) => {
    const at = args.indexOf(name);
    return at < 0 ? undefined : args[at + 1];
  };
  const seeds = /^(\d+)(?:\.\.(\d+))?$/.exec(valueOf("--seeds") ?? "1..200");
  const chaos = valueOf("--chaos");
  if (!seeds) {
    console.error(`--seeds ${valueOf("--seeds")} is no range: expected A..B or one number`);
    process.exit(1);
  }
  return {
    from: Number(seeds[1]),
    to: Number(seeds[2] ?? seeds[1]),
    steps: args.includes("--steps") || args.includes("--trace"),
    trace: args.includes("--trace"),
    all: args.includes("--all"),
    attacked: args.includes("--attacked") ? true : undefined,
    chaosMs: chaos === undefined ? undefined : Number(chaos) * 1000,
  };
}
