/**
 * RAET: reliable messages between hosts (the road, over UDP) and between the processes of a host (the
 * lane, over Unix datagram sockets), by routes that name estate, yard and share.
 *
 * A manor is the one process of a host that owns its road; `openManor` runs one, `raet up` does the
 * same from a shell. Every other process attaches to it:
 *
 * ```ts ignore
 * import { attach } from "@raet/raet";
 *
 * await using yard = await attach({ home: "/home/me/.raet" });
 * const delivery = yard.send("beta//jobs", { run: "backup" });
 * console.log(await delivery.outcome); // { status: "delivered", id: "…", ms: 1.2 }
 * ```
 *
 * @module
 */
export { type Address, formatAddress, parseAddress } from "./src/base/address.ts";
export { Counters, Drop, type DropReason } from "./src/base/drop.ts";
export { ERROR_TABLE, type ErrorCode, RaetError } from "./src/base/errors.ts";
export type { Log, LogEntry, LogLevel, LogTopic } from "./src/base/log.ts";
export type { Random } from "./src/base/random.ts";
export type { Body, Value } from "./src/base/value.ts";

export { attach, type AttachOptions, type LinkSource } from "./src/client/attach.ts";
export { Delivery, type DeliveryNews } from "./src/client/delivery.ts";
export {
  type Answer,
  answerBody,
  type Answered,
  answerError,
  type ErrorAnswer,
} from "./src/client/answer.ts";
export type { Listener } from "./src/client/listener.ts";
export type { Message } from "./src/client/message.ts";
export type { AskOptions, ListenOptions, SendOptions, YardParts } from "./src/client/options.ts";
export { Stream } from "./src/client/stream.ts";
export { Yard } from "./src/client/yard.ts";

export { Manor } from "./src/manor/manor.ts";
export { openManor } from "./src/manor/open.ts";
export type { Snapshot } from "./src/manor/metrics.ts";
export type { JoinTarget, LiveOptions, ManorEvent, ManorOptions } from "./src/manor/options.ts";

export type {
  AttachView,
  CarriedKey,
  Claim,
  ControlVerb,
  ControlVerbs,
  DurableLoad,
  DurableView,
  Empty,
  EstateView,
  HealthView,
  ImportedKey,
  Introduction,
  KeyRotation,
  KeyView,
  MessageKey,
  PacketView,
  PresenceName,
  Release,
  RuleView,
  ShareView,
  StatsView,
  Topic,
  TransactionDetail,
  TransactionView,
  WatchEvent,
  YardView,
} from "./src/route/control.ts";
export type { Grant } from "./src/route/grants.ts";
export { PRESENCE_NAMES, TOPICS } from "./src/route/control.ts";
export type { Clock } from "./src/io/clock.ts";
export type { Link, LinkEvent } from "./src/io/link.ts";
export type { Outcome, Result, Success } from "./src/route/outcome.ts";
export {
  type Decision,
  type DestinationPart,
  type Direction,
  Policy,
  type PolicyRule,
  type PolicySubject,
  type RuleEnd,
  type SourcePart,
} from "./src/route/policy.ts";
export { formatTriple, parseTriple, type Triple } from "./src/route/triple.ts";

// The bare stacks: state machines without I/O, for those who bring their own sockets and clock.
export { loadCrypto } from "./src/crypto/load.ts";
export type { Box, Crypto, Signer, Verifier } from "./src/crypto/port.ts";

export type { KeepFormat } from "./src/keep/format.ts";
export type { AutoMode } from "./src/keep/judge.ts";
export { type Facts, Keep } from "./src/keep/keep.ts";
export type { Chain, OwnKeys, PublicKeys, Succession } from "./src/keep/succession.ts";
export type { KeepReport } from "./src/keep/named_folder.ts";
export type {
  Acceptance,
  LocalRecord,
  LocalRole,
  RemoteRecord,
  RemoteRole,
} from "./src/keep/records.ts";
export type { PeerFacts } from "./src/keep/peer_facts.ts";
export type { FileStore } from "./src/keep/store.ts";

export type { LaneEvent, LaneFailure, YardView as LaneYardView } from "./src/lane/events.ts";
export type { SendPage, SendResult } from "./src/lane/port.ts";
export {
  type LaneOptions,
  LaneStack,
  type TransmitOptions as LaneTransmitOptions,
} from "./src/lane/stack.ts";

export type {
  Capabilities,
  DroppedEvent,
  MessageEvent as RoadMessageEvent,
  RemoteState,
  RemoteView,
  RoadEvent,
  SentEvent,
  StateEvent,
  TransactionEvent,
  TransactionFacts,
  TransactionName,
  TransactionView as RoadTransactionView,
} from "./src/road/events.ts";
export { type Ending, ENDINGS } from "./src/road/endings.ts";
export type { Keys, KeyView as RoleKeyView, Merged } from "./src/road/operator.ts";
export type {
  Admission,
  LocalEstate,
  RedoRange,
  RoadKeep,
  RoadOptions,
  RoadSettings,
} from "./src/road/options.ts";
export type { Outgoing } from "./src/road/road.ts";
export type { PacketNote, PacketNotes } from "./src/road/packet_notes.ts";
export { RoadStack, type TransmitOptions as RoadTransmitOptions } from "./src/road/stack.ts";

export type { Packing } from "./src/wire/page.ts";
