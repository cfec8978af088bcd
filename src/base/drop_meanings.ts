/**
 * What each reason for a drop means, for whoever reads a log, the metrics or the handbook.
 *
 * @module
 */
import type { DropReason } from "./drop.ts";

/** Why a drop happens, one clause without a final stop. */
export const DROP_MEANINGS: { readonly [R in DropReason]: string } = {
  packet_size: "a packet is empty, too long, or shorter than its head says",
  packet_head: "a datagram does not begin with a RAET head: another program sends here",
  packet_version: "a packet is of another protocol version",
  packet_kind: "a packet is of a kind that its transaction doesn't have",
  packet_ids: "a packet has estate, session or transaction numbers that can't be",
  packet_foot: "a packet is signed in a way that can't be checked here",
  broadcast: "a broadcast packet came; they are not served",
  unsigned: "a packet has no signature where one is needed",
  bad_signature:
    "a signature is wrong: the packet was changed or forged, or its sender has new keys",
  bad_box: "a sealed part doesn't open: it was changed, or sealed for other keys",
  bad_body: "a body doesn't decode, or holds what a body can't",
  bad_join: "a join lacks a field, or has one of the wrong form",
  bad_handshake: "a part of an allow is of the wrong size or content",
  bad_segment: "the segments of a message don't fit together",
  unknown_remote: "a packet names an estate number that was never given here",
  unknown_transaction: "a packet belongs to no transaction that is open",
  stale_session: "a packet is of a session that has ended, as after a restart",
  repeat_limit: "more packets of one remote that only repeat something than are looked at",
  repeated: "a packet came again after its transaction had ended",
  unfinished_limit: "one estate has too many unfinished messages under way",
  join_limit: "too many strangers try to join at once",
  source_limit: "one address sends too many packets that are not signed",
  remote_limit: "as many estates are known as can be",
  own_name: "another host tries to join under our own name",
  page_size: "a page of the lane is empty or too long",
  page_head: "a page of the lane has a head that can't be read",
  page_source: "a page names another yard than the socket it came from",
  page_destination: "a page is for another yard",
  page_order: "a page belongs to a message whose first page never came",
  page_repeated: "a page came twice",
  book_stale: "a yard began anew and left a message unfinished",
  book_limit: "one yard has too many unfinished messages under way",
  yard_limit: "as many yards are known as can be",
  unknown_yard: "a page came from no yard that is known",
  bad_route: "a message has a route that isn't two triples of names",
  no_source: "a message doesn't say where it comes from",
  false_source: "a message names another estate than the one that signed it",
  not_for_us: "a message from the road is for a third estate",
  too_many_hops: "a message was passed on too often",
  duplicate_message: "a message came again, and was handed over before",
  unexpected_receipt: "a receipt answers nothing that was sent to its sender",
  not_attached: "a durable message of a process that the manor does not know yet: it is sent again",
  undeliverable: "there is nobody to hand a message to, and nobody to tell",
  share_full: "a share holds as many messages as it may",
  estate_durable_full: "an estate has no room left for a durable message: it sends it again later",
  control_from_road: "a message from the road is for the manor's own controls",
  denied_by_rule: "a rule of this manor's policy does not let a message through",
};

/** Drops that a lossy network and restarts bring about all by themselves. */
export const EXPECTED_DROPS: ReadonlySet<DropReason> = new Set<DropReason>([
  "unknown_transaction",
  "stale_session",
  "repeated",
  "page_repeated",
  "book_stale",
  "duplicate_message",
]);
