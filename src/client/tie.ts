/**
 * The tie between a process and its manor. Every few seconds the process says that it is there, what it
 * claims, and what it watches; so it notices that the manor went away or took a grant back, and both outlive a
 * restart of it.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Clock } from "../io/clock.ts";
import type { AttachView, Claim, ControlVerb, ControlVerbs, Topic } from "../route/control.ts";

/** How often a process says that it is there, and what it claims. */
const RENEW_MS = 2_000;
/** How often a process looks whether a manor that went away is back. */
const RETRY_MS = 500;

/** What the tie needs of its yard. */
export interface TieOwner {
  readonly clock: Clock;
  control<V extends ControlVerb>(
    verb: V,
    args: ControlVerbs[V]["args"],
  ): Promise<ControlVerbs[V]["result"]>;
  /** What the manor is told of this process as it attaches, in parts where that is much; at least one. */
  introduction(): ControlVerbs["attach"]["args"][];
  /** The manor has answered that. */
  introduced(): void;
  claims(): Claim[];
  topics(): Topic[];
  /** The manor does not grant any more what this process claims, or watches. */
  denied(what: "claims" | "topics", error: RaetError): void;
  /** The manor has answered once more. */
  renewed(): void;
  /** The manor went away, or is back. */
  changed(state: "gone" | "back"): void;
}

/** Keeps a process attached. */
export class ManorTie {
  readonly #owner: TieOwner;
  #manor: AttachView | null = null;
  #gone = false;
  #stopped = false;
  #lost = false;
  #isRenewing = false;
  #callOff: (() => void) | undefined;

  constructor(owner: TieOwner) {
    this.#owner = owner;
  }

  /** Who the manor is. */
  get manor(): AttachView {
    return this.#manor!;
  }

  /** Whether the manor has answered at all. */
  get begun(): boolean {
    return this.#manor !== null;
  }

  /** Whether the manor is away. */
  get isGone(): boolean {
    return this.#gone;
  }

  /** Whether it went away and the next one has not been sent an attach: it would take nothing before that. */
  get isLost(): boolean {
    return this.#lost;
  }

  /** Attaches for the first time. @throws {RaetError} no_manor */
  async begin(): Promise<void> {
    await this.#attach();
    this.#again(RENEW_MS);
  }

  /** Renews no more. */
  stop(): void {
    this.#stopped = true;
    this.#callOff?.();
  }

  /** Something showed that the manor went away. */
  noteGone(): void {
    this.#lost = true;
    if (this.#gone || this.#stopped || this.#manor === null) return;
    this.#gone = true;
    // Of two attaches that are under way at once the first answer would count for both.
    if (!this.#isRenewing) this.#again(RETRY_MS);
    this.#owner.changed("gone");
  }

  #again(ms: number): void {
    if (this.#stopped) return;
    this.#callOff?.();
    this.#callOff = this.#owner.clock.after(ms, () => {
      this.#callOff = undefined;
      void this.#renew();
    });
  }

  async #renew(): Promise<void> {
    this.#isRenewing = true;
    try {
      if (this.#gone) await this.#reattach();
      const { epoch } = await this.#sayClaims();
      if (epoch !== this.manor.epoch) {
        this.noteGone();
        await this.#reattach();
      } else await this.#sayTopics();
      this.#owner.renewed();
    } catch {
      this.noteGone();
    }
    this.#isRenewing = false;
    this.#again(this.#gone ? RETRY_MS : RENEW_MS);
  }

  async #reattach(): Promise<void> {
    const before = this.manor.epoch;
    this.#lost = false;
    await this.#attach();
    await this.#sayClaims();
    await this.#sayTopics(before === this.manor.epoch);
    if (this.#stopped) return;
    // Its last answer and the news that it is gone may have come in one batch.
    if (this.#lost) throw new RaetError("no_manor", "the manor that answered is gone already");
    this.#gone = false;
    this.#owner.changed("back");
  }

  /** What it is not granted any more ends, and leaves this process attached. */
  async #sayClaims(): Promise<{ epoch: string }> {
    const claims = this.#owner.claims();
    try {
      return await this.#owner.control("renew", { claims });
    } catch (error) {
      if (claims.length === 0) throw error;
      this.#endDenied("claims", error);
      return await this.#owner.control("renew", { claims: [] });
    }
  }

  /** @param knowsOthers whether the manor may know of some that nobody watches any more */
  async #sayTopics(knowsOthers = false): Promise<void> {
    const topics = this.#owner.topics();
    try {
      if (topics.length > 0) await this.#owner.control("watch", { topics });
      else if (knowsOthers) await this.#owner.control("unwatch", {});
    } catch (error) {
      this.#endDenied("topics", error);
    }
  }

  /** @throws whatever else it is */
  #endDenied(what: "claims" | "topics", error: unknown): void {
    if (!(error instanceof RaetError) || error.code !== "denied") throw error;
    this.#owner.denied(what, error);
  }

  /** One manor has to hear all parts: it waits for the claims that come after them, and believes what it heard then. */
  async #attach(): Promise<void> {
    const [first, ...more] = this.#owner.introduction();
    const manor = await this.#owner.control("attach", first);
    for (const part of more) {
      const { epoch } = await this.#owner.control("attach", part);
      if (epoch === manor.epoch) continue;
      throw new RaetError("no_manor", "the manor was started again as it was told of this process");
    }
    this.#manor = manor;
    this.#owner.introduced();
  }
}
