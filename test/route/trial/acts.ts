/**
 * What can happen in a trial.
 *
 * @module
 */
import type { Envelope } from "../../../src/route/envelope.ts";
import { type Flight, idOf, type Side } from "../../support/router_pair.ts";
import { SENDERS, type Trial } from "./trial.ts";
import { expect, type Kind } from "./witness.ts";

type Act = (trial: Trial) => void;

/** Each with how often it happens. */
export const ACTS: readonly (readonly [number, Act])[] = [
  [20, send],
  [30, arrive],
  [15, ({ takers, chance }) => takers.acknowledge(chance)],
  [5, pass],
  [3, restartAlpha],
  [3, restartBeta],
  [3, ({ pair, say }) => turnDisk(pair.alpha, say)],
  [3, ({ pair, say }) => turnDisk(pair.beta, say)],
  [1, ({ pair, say }) => turnReading(pair.alpha, say)],
  [1, ({ pair, say }) => turnReading(pair.beta, say)],
  [3, part],
  [1, lose],
  [3, arriveAtEnd],
  [3, ({ takers, chance }) => takers.die(chance)],
  [2, ({ takers, chance }) => takers.refuse(chance)],
  [1, ({ takers, chance }) => takers.release(chance)],
  [5, arriveLate],
  [2, killSender],
  [1, passLong],
];

/** Of all. */
export const ACTS_WEIGHT: number = ACTS.reduce((sum, [weight]) => sum + weight, 0);

function send({ pair, chance, witness, next, say }: Trial): void {
  const n = next();
  if (n === 0) return;
  const kind = {
    from: chance.is(3 / 4) ? "a" : chance.pick(...SENDERS),
    to: chance.is(3 / 4) ? "beta//jobs" : "beta/w1/jobs",
    durable: chance.is(3 / 4),
    ordered: chance.is(4 / 5),
    ttlMs: chance.is(1 / 4) ? 1500 + chance.below(4000) : 100_000,
  };
  say(`${n} is sent ${JSON.stringify(kind)}`);
  witness.sent(n, kind);
  pair.alpha.send(kind.from, kind.to, n, optionsOf(kind));
}

/** Mostly the one that left first; the done of some is lost. */
function arrive({ pair, road, chance, say }: Trial): void {
  if (pair.road.length === 0) return;
  const flight = pair.road[chance.is(1 / 3) ? chance.below(pair.road.length) : 0];
  say(`there arrives ${nameOf(flight)}`);
  road.arrive(flight, chance.is(1 / 4));
}

function arriveAtEnd({ pair: { road: [flight] }, road, say }: Trial): void {
  if (!flight) return;
  say(`there arrives ${nameOf(flight)}, as the session ends`);
  road.arriveAtEnd(flight);
}

function arriveLate({ road, chance, say }: Trial): void {
  if (road.lateCount === 0) return;
  say(`late arrives ${nameOf(road.arriveLate(chance.below(road.lateCount)))}`);
}

function pass({ road, chance, takers }: Trial): void {
  road.pass(chance.below(2000));
  takers.claim();
}

/** Longer than a claim is good for without a word, and than until an estate is asked what became of messages. */
function passLong({ road, chance, takers, say }: Trial): void {
  say("time passes");
  const seconds = chance.below(40);
  for (let i = 0; i < seconds; i++) {
    road.pass(1000);
    if (chance.is(3 / 4)) takers.claim();
  }
}

function part({ road, chance, say }: Trial): void {
  road.parted(() => {
    say("they lose sight of each other");
    road.pass(chance.below(3000));
  });
  say("they meet");
}

/** As where an operator rejects the other estate and takes that back: what was on the road is given up. */
function lose({ pair, road, say }: Trial): void {
  road.parted(() => say(`${pair.lose()} are lost with the session`));
}

/** What the process sent and has no outcome of it asks for, or sends again, or it knows that it is lost. */
function restartAlpha(trial: Trial): void {
  const { road, say, hear } = trial;
  hear();
  say("alpha is started again");
  road.restart("alpha");
  for (const yard of SENDERS) beginSender(trial, yard);
}

/** One of the processes that send is killed, and another has its name. */
function killSender(trial: Trial): void {
  const { pair, chance, say, hear } = trial;
  hear();
  const yard = chance.pick(...SENDERS);
  say(`${yard} is killed`);
  pair.alpha.leave(yard);
  hear();
  beginSender(trial, yard);
}

function beginSender({ pair: { alpha }, witness }: Trial, yard: string): void {
  alpha.attach(yard);
  for (const n of witness.open(yard)) {
    const kind = witness.kindOf(n);
    if (!kind.durable) witness.lost(n);
    else if (!witness.isStored(n)) alpha.send(yard, kind.to, n, optionsOf(kind));
    else {
      const unknown = alpha.router.durable!.ended.resume(yard, [idOf(n)]);
      expect(unknown.length === 0, `${n} was told to be stored, and its manor does not know it`);
    }
  }
}

function restartBeta({ road, takers, chance, say, pair }: Trial): void {
  say("beta is started again");
  road.restart("beta");
  takers.reattach(chance, (ms) => road.pass(ms));
  pair.flush();
}

function optionsOf({ durable, ordered, ttlMs }: Kind): Partial<Envelope> {
  return { durable, ordered, ttlMs };
}

function turnReading({ name, store }: Side, say: (text: string) => void): void {
  store.unreadable = !store.unreadable;
  say(`the disk of ${name} ${store.unreadable ? "can't be read" : "can be read again"}`);
}

function turnDisk({ name, store }: Side, say: (text: string) => void): void {
  store.broken = !store.broken;
  say(`the disk of ${name} ${store.broken ? "takes nothing" : "is well again"}`);
}

function nameOf({ from, envelope: { note, answers, payload, after, result } }: Flight): string {
  const numberOf = (id: string) => parseInt(id, 16);
  const afterText = after === "" ? "" : ` after ${numberOf(after)}`;
  if (answers.length === 0) return `${(payload as { n: number }).n}${afterText}`;
  const word = note ?? (result!.status === "failed" ? result!.code : result!.status);
  return `${from.name}'s ${word} of ${answers.map(numberOf)}${afterText}`;
}
