/**
 * `watch`: what happens in the manor, as it happens. On the command line it prints until it is ended;
 * in the console it says which live lines are shown.
 *
 * @module
 */
import type { Yard } from "../../client/yard.ts";
import { type Topic, TOPICS } from "../../route/control.ts";
import { eventLine } from "../draw/event.ts";
import type { Session } from "../session.ts";
import { paint } from "../text.ts";
import { positiveInteger, secondsToMs, type Verb } from "../verb.ts";
import {
  describeWatching,
  isShown,
  readWatching,
  strangers,
  WATCH_WORDS,
  type Watching,
} from "../watching.ts";

interface WatchOptions {
  readonly count?: number;
  /** milliseconds */
  readonly for?: number;
}

/** Shows what happens. */
export const watchVerb: Verb = {
  name: "watch",
  summary: "show transactions, messages, presence and drops as they happen",
  places: ["command", "console"],
  examples: [
    ["watch", "transactions and presence, without alives that go well"],
    ["watch messages drops", "only those"],
    ["watch transactions beta !join", "those with beta, but no joins"],
    ["watch all", "all topics, every alive too"],
  ],
  notes: [
    "The topics are transactions, messages, presence and drops; without one it is transactions and",
    "presence. Other words are a filter: each has to fit a part of what is shown; with * or ? the whole",
    "of it, and with a ! in front none of it. A word that nothing known fits is said.",
    "In the console live lines appear above the one being typed; watch off ends them, watch on is",
    "what a console begins with, and of a flood only some lines are shown, and the rest counted.",
  ],
  json: [
    "topic, at (Unix ms), event, and: transactions: transaction as in tx --json; presence: estate,",
    "message; messages: id, from, to, type; drops: reason, from, detail; for what came too fast:",
    'event "left_out", count',
  ],
  completions: [WATCH_WORDS, [...TOPICS], [...TOPICS], [...TOPICS]],
  define(command, session) {
    const about = "topics, or all, on, off; then words to filter by";
    if (session.place === "console") {
      command.argument("[what...]", about).action((what) => turn(session, what));
    } else {
      command
        .argument("[what...]", about)
        .option("--count <n>", "end after that many", positiveInteger)
        .option("--for <seconds>", "end after that time", secondsToMs)
        .action((what, options) => watch(session, what, options));
    }
  },
};

async function watch(
  session: Session,
  what: readonly string[],
  options: WatchOptions,
): Promise<void> {
  const { output } = session;
  const yard = await session.attach();
  const watching = await readWords(session, yard, what);
  const ends = [session.signal];
  if (options.for !== undefined) ends.push(AbortSignal.timeout(options.for));
  const signal = AbortSignal.any(ends);
  if (watching.topics.length === 0 || signal.aborted) return;
  yard.onManor((state) =>
    output.note(state === "gone" ? "the manor went away; waiting for it" : "the manor is back")
  );
  const events = await yard.watch([...watching.topics]);
  signal.addEventListener("abort", () => events.close());
  if (signal.aborted) events.close(); // while it began
  if (!output.json) output.note({ style: "dim", text: `watching ${describeWatching(watching)}` });
  let left = options.count ?? Infinity;
  for await (const event of events) {
    if (!isShown(event, watching)) continue;
    output.record(event, eventLine(event));
    await output.drained();
    if (--left === 0) return;
  }
}

async function turn(session: Session, what: readonly string[]): Promise<void> {
  const { consoleOf } = await import("../console_controls.ts");
  const controls = consoleOf(session);
  if (what.length > 0) {
    await controls.watch(await readWords(session, await session.attach(), what));
  }
  const watching = describeWatching(controls.watching);
  session.output.record({ watching }, `watching ${watching}`);
}

/** What the words stand for; says which of them nothing fits that is known. @throws {RaetError} usage */
async function readWords(
  session: Session,
  yard: Pick<Yard, "control" | "manor">,
  words: readonly string[],
): Promise<Watching> {
  const plain = readWatching(words, words);
  if (plain.filter.length === 0) return plain;
  const names = await knownNames(yard, plain.topics);
  const watching = readWatching(words, names);
  for (const word of strangers(watching, names)) {
    session.output.note([
      paint("yellow", "note: "),
      `"${word}" is no topic (${TOPICS.join(", ")}), and nothing known fits it as a filter of `,
      `${watching.topics.join(" and ")}; what does is shown if it comes`,
    ]);
  }
  return watching;
}

/** Names that may be told of: estates anywhere, yards and shares in the routes of messages. */
async function knownNames(
  yard: Pick<Yard, "control" | "manor">,
  topics: readonly Topic[],
): Promise<string[]> {
  const estates = await yard.control("estates", {});
  const names = [yard.manor.estate, ...estates.rows.map(({ name }) => name)];
  if (!topics.includes("messages")) return names;
  const [yards, shares] = [await yard.control("yards", {}), await yard.control("shares", {})];
  return [...names, ...yards.rows.map(({ name }) => name), ...shares.rows.map(({ name }) => name)];
}
