/**
 * What we remember of a peer that the reference has no key for, in a file of ours beside its own. What
 * a peer can do is not among it: that is learnt anew in each session.
 *
 * @module
 */
import { isPeerName } from "../base/names.ts";
import type { RecordForm } from "./records.ts";

/** Our facts about one estate. */
export interface PeerFacts {
  /** Whether its join body said that it is one of ours. */
  readonly hinted: boolean;
  /** Whether it ever showed that it holds the keys on record: a join alone shows nothing. */
  readonly proven: boolean;
  /** Whether somebody with its keys was ever at its address, as far as we know. */
  readonly reached: boolean;
  /** Fingerprint of the keys of ours that it has on record; empty for those that we had at first. */
  readonly knows: string;
  /** Whether its join brought the keys of its role, which no operator judged since. */
  readonly unseen: boolean;
}

/** Of an estate whose facts were lost: it shows again what it can. */
export const LOST_FACTS: PeerFacts = {
  hinted: false,
  proven: false,
  reached: false,
  knows: "",
  unseen: false,
};

/** The file: the facts, and whom they are about. */
export interface PeerFile {
  /** The estate's name. */
  readonly name: string;
  /** The facts. */
  readonly facts: PeerFacts;
}

/**
 * `raet/peer.NAME`. It is ours, so it may grow: a key that is missing is false, and one that is unknown
 * is let go, which a newer version's file may bring.
 */
export const peerForm: RecordForm<PeerFile> = {
  write: ({ name, facts: { hinted, proven, reached, knows, unseen } }) => ({
    name,
    hinted,
    proven,
    reached,
    knows,
    unseen,
  }),
  read: (map) => {
    const { name, hinted = false, proven = false, reached = proven, knows = "" } = map;
    const { unseen = false } = map;
    if (!isPeerName(name)) return "its name is not a name";
    if (typeof hinted !== "boolean") return "its hinted is not true or false";
    if (typeof proven !== "boolean") return "its proven is not true or false";
    if (typeof reached !== "boolean") return "its reached is not true or false";
    if (typeof knows !== "string") return "its knows is not a text";
    if (typeof unseen !== "boolean") return "its unseen is not true or false";
    return { name, facts: { hinted, proven, reached, knows, unseen } };
  },
};
