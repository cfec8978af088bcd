/**
 * What happens to estates, in words for people, and how an estate stands as far as sending goes.
 *
 * @module
 */
import { formatAddress } from "../base/address.ts";
import type { RemoteView, SentEvent, StateEvent } from "../road/events.ts";
import type { EstateView, PresenceName } from "../route/control.ts";
import { failure, type Result } from "../route/outcome.ts";
import type { EstateState } from "../route/ports.ts";

/** The event for people; null for changes that are the router's business only. */
export function presenceOf(event: StateEvent): { name: PresenceName; message: string } | null {
  if (event.type === "ready" || event.type === "unready") return null;
  return { name: event.type, message: describe(event) };
}

/** How an estate stands, from what the road knows of it. */
export function estateState(
  name: string,
  remote: RemoteView | undefined,
  pendingAt: string,
): EstateState {
  if (!remote) {
    const hint = pendingAt && `; a join with ${pendingAt} waits for acceptance there`;
    const why = `no estate "${name}" is known${hint}`;
    return pendingAt ? { is: "refused", why } : { is: "unknown", why };
  }
  if (remote.rejected) {
    return { is: "rejected", why: `the key of estate "${name}" was rejected here` };
  }
  if (remote.rejectedThere) {
    return { is: "rejected", why: `our key was rejected by estate "${name}"` };
  }
  if (remote.state === "pending") return { is: "refused", why: pendingWhy(name, remote) };
  if (!remote.ready) return { is: "away" };
  const { capabilities, asking } = remote;
  const { epoch = "", features = [] } = capabilities ?? {};
  const silent = remote.alive === false;
  return { is: "ready", ours: capabilities !== null, epoch, features, asking, silent };
}

/** An estate as an operator sees it. @param waiting messages that the router holds for it */
export function estateView(remote: RemoteView, waiting: number): EstateView {
  return {
    name: remote.name,
    role: remote.role,
    address: formatAddress(remote.address),
    state: remote.rejected || remote.rejectedThere ? "rejected" : remote.state,
    alive: remote.alive === true,
    main: remote.main,
    ours: remote.capabilities !== null,
    roundTripMs: remote.roundTripMs,
    queued: remote.queued + remote.inFlight + waiting,
    messagesSent: remote.messagesSent,
    messagesReceived: remote.messagesReceived,
    bytesSent: remote.bytesSent,
    bytesReceived: remote.bytesReceived,
    packetsResent: remote.packetsResent,
  };
}

/** What became of a message on the road, as the router has it. */
export function resultOf(event: SentEvent): Result {
  if (event.outcome === "acknowledged") return { status: "acknowledged" };
  if (event.outcome === "failed") return failure(event.code, event.message);
  return failure("outcome_unknown", event.message);
}

function pendingWhy(name: string, remote: RemoteView): string {
  return remote.waitsHere
    ? `the key of estate "${name}" waits for acceptance: raet keys accept ${remote.role}`
    : `our key waits for acceptance by estate "${name}"`;
}

function describe(event: StateEvent): string {
  const address = formatAddress(event.address);
  const why = event.why ? `: ${event.why}` : "";
  switch (event.type) {
    case "pending":
      return event.ours
        ? `our key waits for acceptance at ${address}`
        : `its key waits for you: raet keys accept ${event.role}`;
    case "lost":
      return `no answer from ${address}${why}`;
    case "refused":
      return `${address} refused to join now${why}`;
    case "rejected":
      return event.ours ? `${address} rejected our key${why}` : `its key was rejected${why}`;
    case "rekeyed":
      return `it has new keys${why}`;
    default:
      return `at ${address}${why}`;
  }
}
