/**
 * Taking a durable message on: whether it is known already, whether there is room for it, and that it is
 * written down before anybody is told so. Also taking up again what is found on disk.
 *
 * @module
 */
import { Drop } from "../../base/drop.ts";
import { DURABLE_TTL_MS_DEFAULT } from "../../base/limits.ts";
import { weightOf } from "../../base/weight.ts";
import { packBody } from "../../wire/body.ts";
import { BodyKind } from "../../wire/kinds.ts";
import { type Envelope, packEnvelope } from "../envelope.ts";
import { failure } from "../outcome.ts";
import { newKept, originOf, type Party, type Relay } from "../relay.ts";
import type { Admission } from "./admission.ts";
import { type DurableBook, keyOf, keyText } from "./book.ts";
import type { Ended } from "./ended.ts";
import type { DurableHands, DurableParts } from "./hands.ts";
import type { OutQueues } from "./out_queues.ts";
import { readStored, Sequence } from "./reload.ts";
import { denialOf } from "./same_message.ts";
import type { StoredMessage } from "./store.ts";
import type { Turns } from "./turns.ts";

/** What taking on depends on. */
export interface TakingParts {
  readonly hands: DurableHands;
  readonly parts: Pick<DurableParts, "dateAt">;
  readonly book: DurableBook;
  readonly admission: Admission;
  readonly ended: Pick<Ended, "sayStored" | "tellEstate">;
  /** those without an outcome, by their keys */
  readonly open: Map<string, Relay>;
  readonly out: Pick<OutQueues, "waiting">;
  readonly turns: Pick<Turns, "noteUnwritten">;
  /** takes one out that could not be written down */
  drop(relay: Relay, now: number): void;
}

/** Where durable messages come in. */
export class Taking {
  readonly #parts: TakingParts;
  readonly #sequence: Sequence;

  constructor(parts: TakingParts) {
    this.#parts = parts;
    this.#sequence = new Sequence(parts.parts.dateAt);
  }

  /** Whether a message was taken on before, and perhaps has ended. */
  knows({ id }: Envelope, from: Party): boolean {
    const key = { origin: originOf(from), id };
    return this.#parts.open.has(keyText(key)) || this.#parts.book.resultOf(key) !== null;
  }

  /** A durable message came. */
  take(sent: Envelope, from: Party, now: number): void {
    const { hands, book, admission, ended, open } = this.#parts;
    // Whoever comes from a manor bears the number that this has given it.
    const isNew = from.kind === "yard" && sent.ordered;
    const origin = originOf(from);
    const after = sent.after === "" || hands.hasPassed(origin, sent.after) ? "" : sent.after;
    const envelope = { ...sent, after, seq: isNew ? this.#sequence.next(now) : sent.seq };
    const key = { origin, id: envelope.id };
    const known = open.get(keyText(key));
    if (known) return this.#takeAgain(known, envelope, from, now);
    const result = book.resultOf(key);
    if (result) {
      const denial = from.kind === "yard" &&
        denialOf(book.routeOf(key), envelope, hands.estate);
      if (denial) return hands.tell(envelope, from, denial);
      // It ended in a run before this one, and what comes after it may have come since.
      if (envelope.ordered) hands.skipped(origin, envelope.id, after, now);
      const tell = () => hands.say(from, envelope.id, result);
      return from.kind === "estate" ? ended.tellEstate(key, tell) : book.after(tell);
    }
    // Its sender has given it up, or has its outcome on disk, or is about to hear that it was refused: a late copy.
    if (hands.over.has(origin, envelope.id, now)) {
      const why = "it was refused before, or given up by its sender's manor before it came";
      return hands.tell(envelope, from, failure("expired", why));
    }
    const refusal = admission.refusal(envelope, from);
    if (refusal) return hands.tell(envelope, from, refusal);
    this.#write(envelope, from, origin, now);
  }

  /** One that is found on disk; a drop if it can't be read. */
  reload(stored: StoredMessage, now: number): Relay | Drop {
    const { parts } = this.#parts;
    const { origin, body, deadline, handed } = stored;
    const envelope = readStored(stored);
    if (envelope instanceof Drop) return envelope;
    const from: Party = origin === ""
      ? { kind: "yard", name: envelope.source.yard }
      : { kind: "estate", name: origin };
    const life = deadline - parts.dateAt(now);
    const relay = this.#add(envelope, from, now + life, body.length, handed, origin);
    Object.assign(relay.kept!, { inDoubt: handed, isAfterOld: true });
    // Numbers of others are what they said: only ours have to be passed.
    if (origin === "" && envelope.ordered) this.#sequence.note(envelope.seq);
    return relay;
  }

  #write(envelope: Envelope, from: Party, origin: string, now: number): void {
    const { hands, parts, book, turns, drop } = this.#parts;
    const ttlMs = envelope.ttlMs ?? DURABLE_TTL_MS_DEFAULT;
    const body = packBody(BodyKind.msgpack, packEnvelope({ ...envelope, after: "", ttlMs }));
    const handed = this.#willBeHanded(envelope);
    const relay = this.#add(envelope, from, now + ttlMs, body.length, handed, origin);
    const deadline = Math.round(parts.dateAt(relay.deadline));
    const { after } = envelope;
    turns.noteUnwritten(relay, true);
    book.stage({
      changes: [{ is: "add", ...keyOf(relay), body, deadline, handed, after }],
      then: (now) => {
        turns.noteUnwritten(relay, false);
        if (origin === "") hands.say(relay.from, relay.id, { note: "stored" });
        hands.took(relay);
        hands.route(relay, now);
      },
      otherwise: (error) => {
        turns.noteUnwritten(relay, false);
        drop(relay, now);
        const why = `estate "${hands.estate}" can't write the message down: ${error.message}`;
        hands.tell(envelope, relay.from, failure("queue_full", why));
      },
    });
  }

  #add(
    envelope: Envelope,
    from: Party,
    deadline: number,
    bytes: number,
    handed: boolean,
    origin: string,
  ): Relay {
    const { hands, open, admission } = this.#parts;
    // It is held in memory, too, where some take many times their bytes on disk.
    const most = Math.max(bytes, weightOf(envelope.payload));
    const kept = newKept({ origin, bytes: most, handed, after: envelope.after });
    const relay = hands.relays.make({ id: envelope.id, from, envelope, deadline, kept });
    hands.add(relay);
    open.set(keyText(keyOf(relay)), relay);
    admission.count(relay, 1);
    return relay;
  }

  /** The same message again: its sender was restarted, or heard nothing. */
  #takeAgain(relay: Relay, envelope: Envelope, from: Party, now: number): void {
    const { hands, ended } = this.#parts;
    if (from.kind === "estate") return hands.reorder(relay, envelope.after, now);
    const denial = denialOf(relay.envelope, envelope, hands.estate);
    if (denial) return hands.tell(envelope, from, denial);
    relay.from = from;
    ended.sayStored(relay, from);
  }

  /** A guess that saves a write: it may say so of one that is not given at once, never the other way. */
  #willBeHanded({ destination: { estate, yard, share }, after }: Envelope): boolean {
    const { hands, out } = this.#parts;
    if (after !== "") return false;
    if (estate !== "" && estate !== hands.estate) {
      return hands.state(estate).is === "ready" && out.waiting(estate) === 0;
    }
    return yard !== "" ? hands.isAttached(yard) : hands.isClaimed(share);
  }
}
