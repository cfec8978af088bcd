/**
 * The shares that one process listens on, and what it claims of its manor for them.
 *
 * Invariants: a share that was given up is listened on again only once the manor has said that it
 * gives nothing of it any more. What it had on the way comes before that answer and is not taken, so
 * nothing is handed over twice: once from then, and once when it is given again.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { IDS_PER_CALL_MAX } from "../base/limits.ts";
import { checkOwnName } from "../base/names.ts";
import type { Claim, MessageKey, Release } from "../route/control.ts";
import type { Envelope } from "../route/envelope.ts";
import { failure, type Result } from "../route/outcome.ts";
import { INBOX } from "../route/triple.ts";
import type { Acknowledgements } from "./acknowledgements.ts";
import { HeldBack } from "./held_back.ts";
import { type Arrived, type Listener, ShareListener } from "./listener.ts";
import { isDurable } from "./message.ts";
import type { ListenOptions } from "./options.ts";
import { Readings } from "./readings.ts";
import type { Telling } from "./receipts.ts";
import { Refusals } from "./refusals.ts";
import { Releases } from "./releases.ts";
import type { Works } from "./works.ts";

/** What listeners need of their yard. */
export interface ListenersOwner {
  readonly name: string;
  /** whether the link may end while the manor lives */
  readonly canBeCut: boolean;
  now(): number;
  /** tells the manor what became of messages */
  readonly acknowledgements: Acknowledgements;
  /** durable messages of this process */
  readonly works: Works;
  /** @throws {RaetError} with the manor's code; no_manor if it went away */
  claim(claim: Claim): Promise<unknown>;
  /** @throws {RaetError} with the manor's code; no_manor if it did not answer */
  release(claim: Release): Promise<unknown>;
  /** has the manor say that it has read all before. @throws {RaetError} no_manor if it did not answer */
  renew(claims: Claim[]): Promise<unknown>;
}

/** The listeners of one yard. */
export class Listeners {
  readonly #owner: ListenersOwner;
  readonly #listeners = new Map<string, ShareListener>();
  readonly #claims = new Map<string, Claim>();
  readonly #releases: Releases;
  readonly #refusals: Refusals;
  readonly #readings: Readings;
  readonly #heldBack = new HeldBack();
  #closed = false;

  constructor(owner: ListenersOwner) {
    this.#owner = owner;
    this.#releases = new Releases((claim) => {
      const begun = claim.observe ? [] : owner.works.begun(claim.share);
      return owner.release({ ...claim, keeps: begun.slice(0, IDS_PER_CALL_MAX) });
    });
    this.#refusals = new Refusals(() => owner.renew(this.claims()));
    this.#readings = new Readings(() => owner.renew(this.claims()));
  }

  /**
   * Listens on a share.
   *
   * @throws {RaetError} usage, if the name can't be a share's or there is a listener already; no_manor
   */
  async open(share: string, options: ListenOptions): Promise<Listener> {
    const { observe = false, claim = true, manual = false, signal } = options;
    const name = checkOwnName("share", share || INBOX);
    const key = keyOf(name, observe);
    this.#checkFree(key, name);
    await this.#releases.wait(key);
    this.#checkFree(key, name);
    if (this.#closed) throw new RaetError("no_manor", "this process left the lane");
    const stop = () => listener.close();
    const listener = new ShareListener(
      {
        now: () => this.#owner.now(),
        handOver: (envelope, isDue) => this.#handOver(envelope, isDue),
        expired: (envelope, result) => this.#giveBack(envelope, result),
        works: this.#owner.works,
        turnAway: (envelope) => this.#turnAway(envelope),
        stopped: (left) => this.#stop(key, left),
        closed: (taken) => {
          signal?.removeEventListener("abort", stop);
          this.#close(key, { share: name, observe }, taken);
        },
      },
      observe,
      manual,
    );
    this.#listeners.set(key, listener);
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
    else if (claim || observe) await this.#claim(key, { share: name, observe }, listener);
    return listener;
  }

  /** All that the manor has to know. */
  claims(): Claim[] {
    return [...this.#claims.values()];
  }

  /** The manor answers: it is told of what it may not have heard. */
  tellAgain(): void {
    this.#owner.acknowledgements.again();
    this.#releases.again();
    this.#refusals.again();
    this.#readings.again();
  }

  /** A manor is to be told which durable messages this process has; in parts, of which one may be empty. */
  introduce(): MessageKey[][] {
    this.#heldBack.begin();
    const held = this.#owner.works.held();
    const parts: MessageKey[][] = [];
    do parts.push(held.splice(0, IDS_PER_CALL_MAX)); while (held.length > 0);
    return parts;
  }

  /** The manor knows. */
  introduced(): void {
    for (const { share, arrived, listener } of this.#heldBack.end()) {
      if (listener && !listener.takes) {
        this.#turnAway(arrived.envelope);
      } else this.#take(share, arrived, listener);
    }
  }

  /** The manor that gave what came so far is gone; or it lives, and gives to others what was not taken of that. */
  manorLeft(): void {
    const { acknowledgements, canBeCut, works } = this.#owner;
    this.#heldBack.drop();
    acknowledgements.forgetRefusals(() => true);
    if (!canBeCut) return;
    acknowledgements.cut();
    this.#readings.end();
    for (const listener of this.#listeners.values()) {
      for (const envelope of listener.drop()) works.giveBack(envelope);
    }
  }

  /** A message came for a share. */
  push(share: string, arrived: Arrived): void {
    const { envelope } = arrived;
    const listener = this.#listeners.get(keyOf(share, !envelope.wants));
    if (this.#heldBack.concerns(envelope) && !this.#owner.works.has(envelope)) {
      return this.#heldBack.add({ share, arrived, listener });
    }
    this.#take(share, arrived, listener);
  }

  #take(share: string, arrived: Arrived, listener: ShareListener | undefined): void {
    const { envelope } = arrived;
    const { name, works } = this.#owner;
    // The manor was restarted, and gives again what the program has or had.
    if (isDurable(envelope) && !works.take(envelope)) return;
    if (this.#refusals.holdBack(envelope)) {
      this.#fail(envelope, failure("queue_full", "one before it in its order was refused"));
    } else if (!listener?.takes) {
      const why = `yard "${name}" does not listen on share "${share}"`;
      this.#fail(envelope, failure("no_share", why));
    } else if (!listener.push(arrived)) {
      const why = `yard "${name}" has too many messages that wait on share "${share}"`;
      this.#fail(envelope, failure("queue_full", why));
    }
  }

  /** The process listens on nothing yet. */
  refuseEarly(envelope: Envelope): void {
    const why = `yard "${this.#owner.name}" has only begun, and listens on nothing yet`;
    this.#fail(envelope, failure("no_share", why));
  }

  #fail(envelope: Envelope, result: Result): void {
    this.#giveBack(envelope, result);
    this.#refusals.note(envelope);
  }

  #giveBack(envelope: Envelope, result: Result): void {
    this.#owner.works.giveBack(envelope);
    void this.#owner.acknowledgements.send(envelope, result);
  }

  /** The manor grants no claims any more: those who claim something are told so. */
  denied(error: RaetError): void {
    for (const key of [...this.#claims.keys()]) this.#listeners.get(key)?.fail(error);
  }

  /** Tells the manor, before the program gets the message. A link that can be cut must have been read. */
  #handOver(envelope: Envelope, isDue: () => boolean): Promise<Telling> {
    const { acknowledgements, canBeCut } = this.#owner;
    const isRead = canBeCut && envelope.wants ? () => this.#readings.wait() : undefined;
    return acknowledgements.insist(envelope, { status: "delivered" }, isDue, isRead);
  }

  /** Ends all. */
  closeAll(): void {
    this.#closed = true;
    this.#readings.end();
    for (const listener of [...this.#listeners.values()]) listener.close();
  }

  #checkFree(key: string, share: string): void {
    if (!this.#listeners.has(key)) return;
    throw new RaetError("usage", `this yard listens on share "${share}" already`);
  }

  async #claim(key: string, claim: Claim, listener: Listener): Promise<void> {
    this.#claims.set(key, claim);
    try {
      await this.#owner.claim(claim);
    } catch (error) {
      listener.close();
      throw error;
    }
  }

  #stop(key: string, left: Arrived[]): void {
    const claim = this.#claims.get(key);
    this.#claims.delete(key);
    if (claim) this.#release(key, claim);
    for (const { envelope } of left) this.#turnAway(envelope);
  }

  #close(key: string, claim: Claim, taken: readonly Envelope[]): void {
    this.#listeners.delete(key);
    // Where it had stopped before, the manor was told that the program keeps them.
    const areKept = !this.#claims.has(key) && taken.some(({ destination }) => !destination.yard);
    if (areKept) this.#release(key, claim);
    const why = "the program stopped listening before it was done with the message";
    for (const envelope of taken) this.#refuse(envelope, failure("outcome_unknown", why));
  }

  /** What came over the claim goes to the next claimant by that. */
  #release(key: string, claim: Claim): void {
    const { acknowledgements } = this.#owner;
    acknowledgements.forgetRefusals(({ destination: { yard, share } }) =>
      yard === "" && (share || INBOX) === claim.share && !claim.observe
    );
    this.#releases.add(key, claim);
  }

  /** Nobody takes it: its listener has ended. */
  #turnAway(envelope: Envelope): void {
    const of = `on share "${envelope.destination.share || INBOX}"`;
    const why = `yard "${this.#owner.name}" stopped listening ${of}`;
    this.#refuse(envelope, failure("no_share", why));
  }

  /** What came over a claim goes to the next claimant; what was sent to this yard has no other place. */
  #refuse(envelope: Envelope, result: Result): void {
    if (envelope.destination.yard === "") this.#owner.works.giveBack(envelope);
    else this.#fail(envelope, result);
  }
}

function keyOf(share: string, observe: boolean): string {
  return observe ? `copies of ${share}` : share;
}
