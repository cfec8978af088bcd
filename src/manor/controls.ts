/**
 * Carries out what attached processes ask of their manor: the closed list of control verbs, each
 * checked here, where it is done.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Value } from "../base/value.ts";
import {
  CONTROL_VERSION,
  type ControlVerb,
  type ControlVerbs,
  type HealthView,
  type StatsView,
  type YardView,
} from "../route/control.ts";
import type { AttachView, DurableView, EstateView } from "../route/control.ts";
import type { Gate } from "../route/gate.ts";
import type { ControlCall } from "../route/ports.ts";
import type { Router } from "../route/router.ts";
import {
  claimOf,
  claimsOf,
  countOf,
  idsOf,
  introductionOf,
  keepsOf,
  keysOf,
  optionalTextOf,
  readCall,
  textOf,
  topicsOf,
} from "./arguments.ts";
import type { Journal } from "./journal.ts";
import type { KeyRing } from "./keys.ts";
import type { Lasting } from "./operators.ts";
import type { Watchers } from "./watchers.ts";

/** What the controls of a manor work on. */
export interface ControlParts {
  readonly router: Router;
  readonly keys: KeyRing;
  readonly watchers: Watchers;
  readonly journal: Journal;
  introduce(): AttachView;
  estates(): EstateView[];
  /** yards of the lane and of this process */
  yards(): { name: string; queued: number }[];
  stats(): StatsView;
  durable(): DurableView[];
  health(): HealthView;
  /** the rules in force, and who may send nothing */
  readonly gate: Pick<Gate, "rows" | "setSilent">;
  /** whether a yard may call a verb: those of operators may not call all. @throws {RaetError} denied */
  check(yard: string, verb: ControlVerb): void;
  /** measures a round trip to an estate; rejects with what there is to say instead */
  ping(estate: string, timeoutMs: number): Promise<{ ms: number }>;
  now(): number;
}

type Answer<V extends ControlVerb> = ControlVerbs[V]["result"];

/** Most know their answer at once; a promise is one that comes from elsewhere. */
type Handlers = {
  [V in ControlVerb]: (yard: string, args: Value) => Answer<V> | Promise<Answer<V>>;
};

/** The controls of one manor. */
export class Controls {
  readonly #parts: ControlParts;
  readonly #handlers: Handlers;
  readonly #programs = new Map<string, { pid: number; program: string }>();
  /** Those that have taken leave; the lane finds a while later that their sockets are gone. */
  readonly #leaving = new Set<string>();

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#handlers = this.#makeHandlers(parts);
  }

  /** Carries out a call and answers it. */
  handle(call: ControlCall): void {
    const { router } = this.#parts;
    try {
      const { verb, args } = readCall(call.envelope.payload);
      if (verb !== "attach" && !router.isAttached(call.yard)) {
        throw new RaetError("usage", `yard "${call.yard}" is not attached: expected attach first`);
      }
      this.#parts.check(call.yard, verb);
      const answer = this.#handlers[verb](call.yard, args);
      if (answer instanceof Promise) void this.#answerLater(call, answer);
      else router.answer(call, answer as Value);
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      router.answer(call, error);
    }
  }

  /** A yard that has left by then is told nothing; that is counted nowhere, as nobody waits. */
  async #answerLater(call: ControlCall, answer: Promise<unknown>): Promise<void> {
    const { router } = this.#parts;
    try {
      router.answer(call, await answer as Value);
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      router.answer(call, error);
    }
  }

  /** A yard left. */
  left(yard: string): void {
    this.#programs.delete(yard);
    this.#leaving.delete(yard);
    this.#parts.watchers.set(yard, []);
  }

  /** A yard may do something that goes on by itself, or no more: then it ends. */
  allow(yard: string, grant: Lasting, may: boolean): void {
    const { router, watchers, gate, now } = this.#parts;
    if (grant === "send") return gate.setSilent(yard, !may);
    if (may) return;
    if (grant === "watch") return watchers.set(yard, []);
    // What it was given it may have taken by now: it says so, or gives it back once it hears of this.
    for (const { name, claimants, observers } of router.shares.rows()) {
      if (claimants.includes(yard)) router.release(name, yard, false, now(), "all");
      if (observers.includes(yard)) router.release(name, yard, true, now());
    }
  }

  #makeHandlers(parts: ControlParts): Handlers {
    const { router, keys, watchers, journal } = parts;
    return {
      attach: (yard, args) => this.#attach(yard, args),
      detach: (yard) => {
        router.yardLeft(yard, parts.now());
        this.left(yard);
        this.#leaving.add(yard);
        return {};
      },
      renew: (yard, args) => {
        const claims = claimsOf(args);
        if (claims.length > 0) parts.check(yard, "claim");
        for (const { share, observe } of claims) {
          router.claim(share, yard, observe, parts.now());
        }
        router.claimedAll(yard, parts.now());
        return { epoch: parts.introduce().epoch };
      },
      claim: (yard, args) => {
        const { share, observe } = claimOf(args);
        router.claim(share, yard, observe, parts.now());
        return {};
      },
      release: (yard, args) => {
        const { share, observe } = claimOf(args);
        router.release(share, yard, observe, parts.now(), keepsOf(args));
        return {};
      },
      resume: (yard, args) => {
        const ids = idsOf(args, "ids");
        return { unknown: router.durable?.ended.resume(yard, ids) ?? ids };
      },
      durable: () => ({ rows: parts.durable() }),
      keys: () => ({ rows: keys.rows() }),
      accept: (_yard, args) =>
        keys.accept(textOf(args, "name"), optionalTextOf(args, "fingerprint"), parts.now()),
      reject: (_yard, args) => keys.reject(textOf(args, "name"), parts.now()),
      delete: (_yard, args) => keys.delete(textOf(args, "name"), parts.now()),
      rotate: () => keys.rotate(parts.now()),
      import: (_yard, args) => ({ rows: keys.takeOver(keysOf(args), parts.now()) }),
      export: () => ({ estate: parts.introduce().estate, rows: keys.export() }),
      estates: () => ({ rows: parts.estates() }),
      yards: () => ({ rows: this.yards() }),
      shares: () => ({ rows: router.shares.rows() }),
      transactions: () => ({ rows: journal.transactions() }),
      transaction: (_yard, args) => journal.transaction(countOf(args, "id")),
      trace: (_yard, args) => ({
        rows: journal.trace(countOf(args, "after"), countOf(args, "limit")),
      }),
      ping: (_yard, args) => parts.ping(textOf(args, "estate"), countOf(args, "timeoutMs")),
      stats: () => parts.stats(),
      health: () => parts.health(),
      policy: () => ({ rows: parts.gate.rows() }),
      watch: (yard, args) => {
        watchers.set(yard, topicsOf(args));
        return {};
      },
      unwatch: (yard) => {
        watchers.set(yard, []);
        return {};
      },
    };
  }

  #attach(yard: string, args: Value): AttachView {
    const version = countOf(args, "version");
    if (version !== CONTROL_VERSION) {
      const older = version < CONTROL_VERSION ? "this command" : "the manor";
      throw new RaetError(
        "usage",
        `the manor speaks version ${CONTROL_VERSION} of the controls, not ${version}: expected the same; upgrade ${older}`,
      );
    }
    this.#leaving.delete(yard);
    this.#programs.set(yard, { pid: countOf(args, "pid"), program: textOf(args, "program") });
    const { holds, reads } = introductionOf(args);
    const held = holds.length > 0 && this.#mayClaim(yard) ? holds : [];
    this.#parts.router.attach(yard, this.#parts.now(), held, reads);
    return this.#parts.introduce();
  }

  /** Whoever says that it has messages can acknowledge them, as whoever claims them. */
  #mayClaim(yard: string): boolean {
    try {
      this.#parts.check(yard, "claim");
      return true;
    } catch (error) {
      if (error instanceof RaetError) return false;
      throw error;
    }
  }

  /** The processes on the lane. */
  yards(): YardView[] {
    const staying = this.#parts.yards().filter(({ name }) => !this.#leaving.has(name));
    return staying.map(({ name, queued }) => {
      const program = this.#programs.get(name);
      return {
        name,
        ours: this.#parts.router.isAttached(name),
        pid: program?.pid ?? null,
        program: program?.program ?? "",
        queued,
      };
    });
  }
}
