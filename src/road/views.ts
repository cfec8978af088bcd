/**
 * Remotes and joins as an operator sees them.
 *
 * @module
 */
import type { RemoteState, RemoteView } from "./events.ts";
import type { OurJoins } from "./our_joins.ts";
import type { Peer } from "./peer.ts";
import type { TheirJoins } from "./their_joins.ts";
import type { Estates } from "./estates.ts";

/** All remotes: those on record, those that we try to join and those that wait to join us. */
export function viewRemotes(estates: Estates, ours: OurJoins, theirs: TheirJoins): RemoteView[] {
  const views = [...estates.byUid.values()].map((peer) => viewPeer(peer, estates));
  for (const wish of ours.wishes) {
    const { joiner } = wish;
    const waitsHere = joiner !== null && joiner.awaiting !== null;
    const waits = waitsHere || joiner !== null && joiner.pended;
    const { name, role, main, kind } = joiner?.awaiting ?? UNKNOWN;
    views.push({
      ...NOTHING,
      name,
      role,
      main,
      kind,
      address: wish.address,
      state: waits ? "pending" : "joining",
      waitsHere,
    });
  }
  for (const { proposal, step } of theirs.transactions()) {
    if (estates.byName.has(proposal.name)) continue;
    const { name, role, main, kind, address } = proposal;
    const waitsHere = step === "pending";
    const state = waitsHere ? "pending" : "joining";
    views.push({ ...NOTHING, name, role, main, kind, address, state, waitsHere });
  }
  return views;
}

/** One remote on record. */
export function viewPeer(peer: Peer, { roles }: Estates): RemoteView {
  const { remote, presence, outbox, inbox } = peer;
  const state: RemoteState = remote.session
    ? "allowed"
    : remote.joined
    ? "joined"
    : remote.joinPending
    ? "pending"
    : "joining";
  return {
    name: remote.name,
    role: remote.role,
    address: remote.address,
    state,
    waitsHere: state === "pending" && roles.records.get(remote.role)?.acceptance === "pending",
    ready: peer.ready,
    // Whom an operator rejected nobody asks.
    alive: peer.rejected ? null : presence.alive,
    rejected: peer.rejected,
    rejectedThere: peer.rejectedThere,
    reaped: presence.reaped,
    roundTripMs: remote.roundTrip.ms,
    heardAt: Number.isFinite(presence.heardAt) ? presence.heardAt : null,
    main: remote.main,
    kind: remote.kind,
    capabilities: peer.capabilities,
    asking: peer.asking,
    queued: outbox.count - outbox.begunCount,
    inFlight: outbox.begunCount,
    queuedBytes: outbox.bytes,
    unfinished: inbox.unfinishedCount,
    messagesSent: remote.messagesSent,
    messagesReceived: remote.messagesReceived,
    packetsSent: remote.packetsSent,
    packetsReceived: remote.packetsReceived,
    bytesSent: remote.bytesSent,
    bytesReceived: remote.bytesReceived,
    packetsResent: remote.packetsResent,
    sessionId: remote.sessionId,
    farSessionId: remote.farSessionId,
  };
}

const UNKNOWN = { name: "", role: "", main: false, kind: 0 };

const NOTHING = {
  ready: false,
  alive: null,
  rejected: false,
  rejectedThere: false,
  reaped: false,
  roundTripMs: null,
  heardAt: null,
  capabilities: null,
  asking: false,
  queued: 0,
  inFlight: 0,
  queuedBytes: 0,
  unfinished: 0,
  messagesSent: 0,
  messagesReceived: 0,
  packetsSent: 0,
  packetsReceived: 0,
  bytesSent: 0,
  bytesReceived: 0,
  packetsResent: 0,
  sessionId: 0,
  farSessionId: 0,
} as const;
