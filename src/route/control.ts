/**
 * What an attached process may ask of its manor: a closed list of verbs, the arguments of each and
 * what comes back. They travel as messages to the manor's share `.control`, on its own lane only.
 *
 * @module
 */

/** Version of these verbs; a manor and its processes must agree. */
export const CONTROL_VERSION = 1;
/** The share that takes control calls. */
export const CONTROL_SHARE = ".control";
/** The share of a process to which its manor sends what it watches. */
export const EVENTS_SHARE = ".events";

/** Every verb with its arguments and its answer. */
export interface ControlVerbs {
  /** introduces a process: from then on it acknowledges what it takes */
  attach: { args: Introduction; result: AttachView };
  /** says goodbye */
  detach: { args: Empty; result: Empty };
  /** says again what the process claims, every few seconds: so claims outlive a restart */
  renew: { args: { claims: Claim[] }; result: { epoch: string } };
  /** takes messages from a share, or sees copies of them */
  claim: { args: Claim; result: Empty };
  /** takes a claim back, and what it was given by that, but for what it says */
  release: { args: Release; result: Empty };
  /** hears of durable messages that it, or a process before it, sent; which of them are unknown */
  resume: { args: { ids: string[] }; result: { unknown: string[] } };
  /** lists the durable messages that have no outcome yet, the oldest first, at most 1000 a side */
  durable: { args: Empty; result: { rows: DurableView[] } };
  /** lists keys, the own one first */
  keys: { args: Empty; result: { rows: KeyView[] } };
  /** accepts a key, by role, estate or fingerprint; with `fingerprint` only if that is its own */
  accept: { args: { name: string; fingerprint?: string }; result: KeyView };
  /** rejects a key: its sessions end */
  reject: { args: { name: string }; result: KeyView };
  /** forgets a key and its estates */
  delete: { args: { name: string }; result: KeyView };
  /** gives this estate new keys, which the old ones sign */
  rotate: { args: Empty; result: KeyRotation };
  /** takes over public keys and what was decided about them */
  import: { args: { keys: CarriedKey[] }; result: { rows: ImportedKey[] } };
  /** gives away the public keys, the own one first */
  export: { args: Empty; result: { estate: string; rows: CarriedKey[] } };
  /** lists the remote estates */
  estates: { args: Empty; result: { rows: EstateView[] } };
  /** lists the lane's processes */
  yards: { args: Empty; result: { rows: YardView[] } };
  /** lists the manor's shares */
  shares: { args: Empty; result: { rows: ShareView[] } };
  /** lists open and recent transactions */
  transactions: { args: Empty; result: { rows: TransactionView[] } };
  /** shows one transaction, packet by packet; the id is that of `transactions` */
  transaction: { args: { id: number }; result: TransactionDetail };
  /** gives what is remembered of transactions after an id, the oldest first, at most `limit` */
  trace: { args: { after: number; limit: number }; result: { rows: TransactionDetail[] } };
  /** measures a round trip to an estate: an alive exchange on the road */
  ping: { args: { estate: string; timeoutMs: number }; result: { ms: number } };
  /** gives the counters */
  stats: { args: Empty; result: StatsView };
  /** says whether the manor can do its work */
  health: { args: Empty; result: HealthView };
  /** lists the rules in force, in their order, and last what holds where none matches */
  policy: { args: Empty; result: { rows: RuleView[] } };
  /** sends what happens to the share `.events` of the process */
  watch: { args: { topics: Topic[] }; result: Empty };
  /** ends that */
  unwatch: { args: Empty; result: Empty };
}

/** The name of a verb. */
export type ControlVerb = keyof ControlVerbs;

/** All verbs, for the check at the door. */
export const CONTROL_VERBS: readonly ControlVerb[] = [
  "attach",
  "detach",
  "renew",
  "claim",
  "release",
  "resume",
  "durable",
  "keys",
  "accept",
  "reject",
  "delete",
  "rotate",
  "import",
  "export",
  "estates",
  "yards",
  "shares",
  "transactions",
  "transaction",
  "trace",
  "ping",
  "stats",
  "health",
  "policy",
  "watch",
  "unwatch",
];

/** What can be watched. */
export const TOPICS = ["presence", "transactions", "messages", "drops"] as const;
/** A kind of event that a process can watch. */
export type Topic = typeof TOPICS[number];

/** No arguments, or nothing to answer. */
export type Empty = Record<never, never>;

/** What a process says of itself. */
export type Introduction = {
  version: number;
  pid: number;
  program: string;
  /** durable messages that it has been given and has not heard the end of */
  holds?: MessageKey[];
  /** it understands what is said of its messages before their outcome */
  news?: boolean;
};

/** What a durable message is known by: two estates may give theirs the same id. */
export type MessageKey = { estate: string; id: string };

/** One durable message that has no outcome yet. */
export type DurableView = {
  id: string;
  /** out: it waits to leave, or for the other estate; in: it waits for a process of this host */
  side: "out" | "in";
  from: string;
  to: string;
  type: string | null;
  /** waiting, sending, given (and not acknowledged), retry, or doubt: of before a restart */
  state: string;
  ordered: boolean;
  /** how often it was given in vain */
  tries: number;
  bytes: number;
  /** how much of its life is left, milliseconds */
  leftMs: number;
};

/** A share that a process takes messages from, or sees copies of. */
export type Claim = { share: string; observe: boolean };

/** A claim that a process takes back. */
export type Release = Claim & {
  /** durable messages that it was given by that and keeps: it works on them */
  keeps?: MessageKey[];
};

/** Who the manor is. */
export type AttachView = {
  estate: string;
  role: string;
  address: string;
  /** random text of this run of the manor */
  epoch: string;
  version: number;
};

/** A role's keys as the operator sees them. */
export type KeyView = {
  role: string;
  acceptance: "own" | "pending" | "accepted" | "rejected";
  fingerprint: string;
  /** estates that bear the role */
  estates: string[];
};

/** A public key on its way from one estate to another. */
export type CarriedKey = {
  role: string;
  acceptance: KeyView["acceptance"];
  /** Ed25519, 64 hex digits */
  verhex: string;
  /** X25519, 64 hex digits */
  pubhex: string;
};

/** What became of a key that was imported. */
export type ImportedKey = {
  role: string;
  acceptance: KeyView["acceptance"];
  /** `left`: what is on record was not touched */
  result: "added" | "changed" | "same" | "left";
  /** one clause, where it was left */
  why: string;
};

/** New keys of this estate. */
export type KeyRotation = KeyView & {
  /** fingerprint of those before */
  before: string;
  /** estates that have not heard of the new ones yet; a reference never does */
  unaware: string[];
};

/** One remote estate. */
export type EstateView = {
  name: string;
  role: string;
  address: string;
  state: "joining" | "pending" | "joined" | "allowed" | "rejected";
  alive: boolean;
  main: boolean;
  /** it is one of ours: it answers with receipts */
  ours: boolean;
  roundTripMs: number | null;
  /** messages waiting or in flight to it */
  queued: number;
  /** since the manor started */
  messagesSent: number;
  messagesReceived: number;
  bytesSent: number;
  bytesReceived: number;
  packetsResent: number;
};

/** One process on the lane. */
export type YardView = {
  name: string;
  /** it attached, so it acknowledges */
  ours: boolean;
  pid: number | null;
  program: string;
  queued: number;
};

/** One share of the manor. */
export type ShareView = {
  name: string;
  claimants: string[];
  observers: string[];
  held: number;
  declared: boolean;
};

/** One transaction of the road, open or recent. */
export type TransactionView = {
  id: number;
  /** join, allow, alive, message, or receipt for a message that carries only receipts */
  kind: string;
  estate: string;
  /** we began it */
  ours: boolean;
  state: "open" | "ended";
  /** Unix time of its begin, milliseconds */
  beganAt: number;
  /** its age, or how long it took */
  ms: number;
  packets: number;
  bytes: number;
  redos: number;
  /** how it ended, one of `ENDINGS` (road/endings.ts); empty while it is open */
  outcome: string;
  /** more about its end, one clause; mostly empty */
  why: string;
};

/** A packet of a transaction: its head and its size, never its body. */
export type PacketView = {
  /** since the transaction began */
  ms: number;
  out: boolean;
  /** kind of the packet: request, ack, done … */
  kind: string;
  /** names of the flags that are set */
  flags: string[];
  /** number of the segment, from 0 */
  segment: number;
  /** how many segments the message has */
  segments: number;
  /** size of the whole datagram */
  bytes: number;
  /** the head as it went over the wire */
  head: Uint8Array;
};

/** A transaction with its packets. */
export type TransactionDetail = TransactionView & {
  /** where the other estate was */
  address: string;
  sessionId: number;
  transactionId: number;
  /** id of the message that it carried, where one of ours is known */
  messageId: string;
  packetList: PacketView[];
  /** packets that were not kept: long transactions lose their middle */
  leftOut: number;
};

/** Whether a manor can do its work. */
export type HealthView = {
  /** what keeps it from that, one clause; null if all is well */
  fault: string | null;
  /** its process */
  pid: number;
  /** by how much the system's date was set since it started, milliseconds; ahead is positive */
  clockStepMs: number;
};

/** One rule of the policy in force. */
export type RuleView = {
  /** its number, from 1; 0 for what holds where none matches */
  rule: number;
  /** what the log calls it; "" where it has no name */
  name: string;
  /** what it says, on one line */
  says: string;
  /** messages that it decided since it came in force */
  decided: number;
};

/** Durable messages that have no outcome yet, how many and their bytes: to other estates, to this host. */
export type DurableLoad = Record<"out" | "in", { messages: number; bytes: number }>;

/** Counters and gauges of a manor. */
export type StatsView = {
  estate: string;
  upMs: number;
  road: Record<string, number>;
  lane: Record<string, number>;
  router: Record<string, number>;
  /** the road's socket */
  socket: Record<string, number>;
  /** null where none can be kept */
  durable: DurableLoad | null;
};

/** What a watching process gets. `at` is Unix time in milliseconds. */
export type WatchEvent =
  | { topic: "presence"; at: number; event: PresenceName; estate: string; message: string }
  | {
    topic: "transactions";
    at: number;
    event: "began" | "redo" | "ended";
    transaction: TransactionView;
  }
  | {
    topic: "messages";
    at: number;
    event: "sent" | "received";
    id: string;
    from: string;
    to: string;
    type: string | null;
  }
  | { topic: "drops"; at: number; event: "dropped"; reason: string; from: string; detail: string }
  | { topic: Topic; at: number; event: "left_out"; count: number };

/** What can happen to an estate. */
export const PRESENCE_NAMES = [
  "joined",
  "allowed",
  "alive",
  "lost",
  "reaped",
  "rekeyed",
  "pending",
  "refused",
  "rejected",
] as const;
/** One of these. */
export type PresenceName = typeof PRESENCE_NAMES[number];
