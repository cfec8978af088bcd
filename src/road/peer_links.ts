/**
 * What a remote needs of the parts of a stack that know all remotes.
 *
 * @module
 */
import type { Succession } from "../keep/succession.ts";

/** What a peer needs of the parts of the stack that know all peers. */
export interface PeerLinks<Peer> {
  /** Begins a join with a remote on record. */
  startJoin(peer: Peer): void;
  /** Whether a join with it is under way that says when it ends. */
  isJoining(peer: Peer): boolean;
  /** Ends a join that we began, without a word. */
  stopJoin(peer: Peer): void;
  /** Writes its record and our facts about it to the keep. */
  save(peer: Peer): void;
  /** Takes up new keys of it that the old ones signed; does nothing if they didn't. */
  succeed(peer: Peer, step: Succession): void;
}
