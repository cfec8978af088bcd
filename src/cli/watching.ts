/**
 * What somebody watches: topics, and a filter of words that an event has to fit. The same words serve
 * `raet watch`, the console's live lines and the list of transactions.
 *
 * @module
 */
import { DROP_MEANINGS } from "../base/drop_meanings.ts";
import { RaetError } from "../base/errors.ts";
import { globMatcher, type Matcher } from "../base/glob.ts";
import { nearest } from "../base/nearest.ts";
import { ENDINGS } from "../road/endings.ts";
import {
  PRESENCE_NAMES,
  type Topic,
  TOPICS,
  type TransactionView,
  type WatchEvent,
} from "../route/control.ts";

/** What is watched. */
export interface Watching {
  readonly topics: readonly Topic[];
  /** words; an event is shown if it fits each of them, and none of those that begin with `!` */
  readonly filter: readonly string[];
  /** alives that go well are shown too */
  readonly alives: boolean;
}

/** Nothing at all. */
export const WATCH_NOTHING: Watching = { topics: [], filter: [], alives: false };
/** What a console shows at first. */
export const WATCH_DEFAULT: Watching = {
  topics: ["presence", "transactions"],
  filter: [],
  alives: false,
};
/** Words with a meaning of their own. */
export const WATCH_WORDS = ["on", "off", "all", ...TOPICS] as const;

/**
 * Reads the words of `watch`: `on`, `off`, `all`, topics, and a filter.
 *
 * @param names of estates, yards and shares that are known, which are no mistyped topics
 * @throws {RaetError} usage, if a word looks like a topic that is mistyped, or on or off is not alone
 */
export function readWatching(words: readonly string[], names: readonly string[] = []): Watching {
  if (words.length === 1 && words[0] === "off") return WATCH_NOTHING;
  const single = words.length > 1 && words.find((word) => word === "on" || word === "off");
  if (single) {
    const what = `watch ${single} stands alone: expected no other words, or topics in its place`;
    throw new RaetError("usage", what);
  }
  const all = words.includes("all");
  const told = TOPICS.filter((topic) => all || words.includes(topic));
  const topics = told.length > 0 ? told : WATCH_DEFAULT.topics;
  const filter = words.filter((word) => !(WATCH_WORDS as readonly string[]).includes(word));
  // Where no topic is told the first word is likely to be meant as one, whatever else it fits.
  const suspects = strangers({ topics, filter, alives: all }, names);
  if (told.length === 0 && filter.length > 0) suspects.unshift(filter[0]);
  for (const word of suspects) {
    const near = names.includes(word) ? null : nearest(word, WATCH_WORDS);
    if (near === null) continue;
    throw new RaetError(
      "usage",
      `"${word}" is no topic: did you mean ${near}? As a filter it is written *${word}*`,
    );
  }
  return { topics, filter, alives: all || filter.includes("alive") };
}

/**
 * The plain words of a filter that nothing fits which can be told of these topics, as far as is known.
 * Not those that could be a part of an id, an address or a route, or are patterns.
 *
 * @param names of estates, yards and shares that are known
 */
export function strangers({ topics, filter }: Watching, names: readonly string[]): string[] {
  const known = [...topics.flatMap((topic) => TOLD[topic]), ...names];
  return filter.map((word) => word.replace(/^!/, "")).filter((word) =>
    /^[a-z_-]+$/i.test(word) && !fits(known, [word])
  );
}

/** What can be told of each topic, besides names and numbers. */
const TOLD: Record<Topic, readonly string[]> = {
  presence: PRESENCE_NAMES,
  transactions: [
    ...[
      "join",
      "allow",
      "alive",
      "message",
      "receipt",
      "us",
      "them",
      "open",
      "ended",
      "began",
      "redo",
    ],
    ...Object.keys(ENDINGS),
  ],
  messages: ["sent", "received"],
  drops: ["dropped", ...Object.keys(DROP_MEANINGS)],
};

/** Whether an event is one to show. */
export function isShown(event: WatchEvent, { topics, filter, alives }: Watching): boolean {
  if (!topics.includes(event.topic)) return false;
  if (event.event === "left_out") return true;
  if (!alives && "transaction" in event && isQuietAlive(event.transaction)) return false;
  return fits(fieldsOf(event), filter);
}

/** Whether a transaction fits a filter. */
export function fitsTransaction(view: TransactionView, filter: readonly string[]): boolean {
  return fits(transactionFields(view), filter);
}

/** What is watched, in the words that `watch` reads. */
export function describeWatching({ topics, filter, alives }: Watching): string {
  if (topics.length === 0) return "off";
  const which = topics.length === TOPICS.length && alives ? ["all"] : topics;
  return [...which, ...filter].join(" ");
}

/** Alives come every few seconds from everybody; they tell something only where one was redone. */
function isQuietAlive({ kind, redos }: TransactionView): boolean {
  return kind === "alive" && redos === 0;
}

function fieldsOf(event: Exclude<WatchEvent, { event: "left_out" }>): string[] {
  switch (event.topic) {
    case "presence":
      return [event.event, event.estate, event.message];
    case "transactions":
      return [event.event, ...transactionFields(event.transaction)];
    case "messages":
      return [event.event, event.id, event.from, event.to, event.type ?? ""];
    case "drops":
      return [event.event, event.reason, event.from, event.detail];
  }
}

function transactionFields(transaction: TransactionView): string[] {
  const { id, kind, estate, ours, state, outcome, why } = transaction;
  return [`#${id}`, kind, estate, ours ? "us" : "them", state, outcome, why];
}

/** Each word has to fit one of the fields: with `*` or `?` the whole of it, else a part. */
function fits(fields: readonly string[], filter: readonly string[]): boolean {
  return filter.every((word) => {
    const isNot = word.startsWith("!") && word.length > 1;
    const matches = matcherOf(isNot ? word.slice(1) : word);
    return fields.some((field) => matches(field.toLowerCase())) !== isNot;
  });
}

const matchers = new Map<string, Matcher>();

function matcherOf(word: string): Matcher {
  let matches = matchers.get(word);
  if (!matches) {
    const lower = word.toLowerCase();
    // A bracket stands for itself, as in an address.
    matches = /[*?]/.test(lower)
      ? globMatcher(lower.replaceAll("[", "[[]"))
      : (field) => field.includes(lower);
    if (matchers.size > 1000) matchers.clear();
    matchers.set(word, matches);
  }
  return matches;
}
