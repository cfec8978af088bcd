/**
 * When messages flow between us and a remote: out, once it is known in what session and with what it can do,
 * and in, while no handshake is under way (design.md, Delivery).
 *
 * @module
 */
import type { Allowing } from "./allowing.ts";
import type { StateEvent } from "./events.ts";
import type { Inbox } from "./inbox.ts";
import type { Outbox } from "./outbox.ts";
import type { Presence } from "./presence.ts";
import type { Remote } from "./remote.ts";
import type { Road } from "./road.ts";

/** What the gates of a remote depend on. */
export interface GatesHost {
  readonly road: Road;
  readonly remote: Remote;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly allowing: Allowing;
  readonly presence: Presence;
  readonly rejected: boolean;
  emit(type: StateEvent["type"], more: { readonly why?: string }): void;
}

/** The gates of one remote. */
export class Gates {
  #ready = false;

  constructor(private readonly host: GatesHost) {}

  /** Whether messages may flow: a session, and it is known, or was asked for long, what it can do. */
  get ready(): boolean {
    return this.#ready;
  }

  /**
   * Says whether they may, and tells of it; also once more if only now it is known what the far side can do,
   * or if something is begun anew, so that one copy of it may be refused and the other taken.
   *
   * @param why they may not any more
   */
  setReady(ready: boolean, why?: string): void {
    if (!ready && !this.#ready) return;
    this.#ready = ready;
    this.host.emit(ready ? "ready" : "unready", why ? { why } : {});
  }

  /** Opens and shuts both. @param mustAllow whether the session that there is can't be sent in */
  set(mustAllow: boolean): void {
    const { road, remote, outbox, inbox, allowing, presence, rejected } = this.host;
    inbox.setHolding(allowing.holding);
    const isAnew = outbox.setOpen(
      this.#ready && remote.joined && remote.session !== null && !allowing.holding && !mustAllow &&
        presence.alive !== false && !rejected && !road.closed,
    );
    if (isAnew) this.setReady(true);
  }
}
