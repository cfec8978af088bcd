/**
 * `raet bench`: how fast an estate is for this one.
 *
 * @module
 */
import { ownName, positiveInteger, secondsToMs, type Verb } from "../verb.ts";

/** The share that both ends of a bench use. */
export const BENCH_SHARE = "bench";

/** Measures an estate against this one. */
export const benchVerb: Verb = {
  name: "bench",
  summary: "measure messages to an estate, with percentiles",
  places: ["command"],
  examples: [
    ["bench --serve", "at beta: the far end, until ^C"],
    ["bench beta", "here: one message at a time, then 64 under way at once"],
    ["bench beta --ask --size 1000 --for 10", "requests and answers of 1000 bytes"],
    ["bench beta --share jobs", "against whoever takes the share jobs there"],
  ],
  notes: [
    "Goes the whole way: this process, the manor here, the manor there, a process there, and its receipt",
    "back. So somebody has to take the messages: raet bench --serve at the far end, which answers",
    "requests with what it got, or with --share any raet listen, or for --ask any raet answer. An empty",
    'ESTATE, "", measures this host alone.',
  ],
  json: [
    "{estate, what, flight, size, sent, failed, seconds, perSecond, bytesPerSecond, minMs, p50Ms, p90Ms,",
    "  p99Ms, p999Ms, maxMs}; what is send or ask, flight how many were under way at once; one line for",
    "  each of both parts",
    "--serve: {taken}, at its end",
  ],
  completions: ["estate"],
  define(command, session) {
    command
      .argument("[estate]", "the far end")
      .option("--serve", "be the far end")
      .option("--ask", "measure requests with their answers")
      .option("--size <bytes>", "bytes of each body (default: 100)", positiveInteger)
      .option("--flight <n>", "how many are under way at once (default: 64)", positiveInteger)
      .option("--for <seconds>", "how long each of both parts lasts (default: 3)", secondsToMs)
      .option(
        "--share <name>",
        `the share that takes them (default: ${BENCH_SHARE})`,
        ownName("share"),
      )
      .action(async (estate, options) => {
        const { bench, serveBench } = await import("../bench/run.ts");
        const share = options.share ?? BENCH_SHARE;
        const { serve, ...how } = { ...options, share };
        await (serve ? serveBench : bench)(session, estate, how);
      });
  },
};
