/**
 * The tie between a process and its manor. Every few seconds the process says that it is there and
 * what it claims; so it notices that the manor went away, and claims outlive a restart of it.
 *
 * @module
 */
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
  /** What the manor is told of this process as it attaches. */
  introduction(): ControlVerbs["attach"]["args"];
  /** The manor has answered that. */
  introduced(): void;
  claims(): Claim[];
  topics(): Topic[];
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
    if (this.#gone || this.#stopped || this.#manor === null) return;
    this.#gone = true;
    this.#again(RETRY_MS);
    this.#owner.changed("gone");
  }

  #again(ms: number): void {
    if (this.#stopped) return;
    this.#callOff?.();
    this.#callOff = this.#owner.clock.after(ms, () => this.#renew());
  }

  async #renew(): Promise<void> {
    try {
      if (this.#gone) await this.#reattach();
      const { epoch } = await this.#owner.control("renew", { claims: this.#owner.claims() });
      if (epoch !== this.manor.epoch) {
        this.noteGone();
        await this.#reattach();
      }
      this.#owner.renewed();
      this.#again(RENEW_MS);
    } catch {
      this.noteGone();
      this.#again(RETRY_MS);
    }
  }

  async #reattach(): Promise<void> {
    const { control } = this.#owner;
    await this.#attach();
    await control("renew", { claims: this.#owner.claims() });
    const topics = this.#owner.topics();
    if (topics.length > 0) await control("watch", { topics });
    this.#gone = false;
    this.#owner.changed("back");
  }

  async #attach(): Promise<void> {
    this.#manor = await this.#owner.control("attach", this.#owner.introduction());
    this.#owner.introduced();
  }
}
