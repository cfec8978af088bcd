/**
 * What one remote knows of our keys, and what it tells of new ones of its own: in filled alives, signed
 * and sealed, so that both sides change over without a word lost.
 *
 * @module
 */
import type { Succession } from "../keep/succession.ts";
import type { KeysNews } from "./capabilities.ts";
import type { Remote } from "./remote.ts";
import type { Road } from "./road.ts";

/** Pause before a remote that did not take up our new keys is told of them again. */
export const NEWS_PAUSE_MS = 2000;

/** News of keys, both ways. */
export class KeyNews {
  constructor(
    private readonly road: Road,
    private readonly remote: Remote,
    /** Puts on disk which keys of ours the remote knows. */
    private readonly save: () => void,
    /** Takes up new keys of the remote that the old ones signed; does nothing if they didn't. */
    private readonly succeed: (step: Succession) => void,
  ) {}

  /** Whether we have newer keys than it knows of, and a session to tell it in. */
  get pending(): boolean {
    const { remote, road } = this;
    return remote.session !== null && road.identities.stepFrom(remote.identity) !== null;
  }

  /** It showed which keys of ours it has on record. Only on: what says less may be a replay from before. */
  knowsUs(fingerprint: KeysNews["knows"]): void {
    const { all } = this.road.identities;
    const at = all.findIndex((one) => one.fingerprint === fingerprint);
    if (at < 0 || at >= all.indexOf(this.remote.identity)) return;
    this.remote.identity = all[at];
    this.save();
  }

  /** It said, signed and sealed, what it knows of our keys, and what there is to know of its own. */
  told({ knows, next }: KeysNews): void {
    this.knowsUs(knows);
    if (next) this.succeed(next);
  }
}
