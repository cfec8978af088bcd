/**
 * `raet estates`, `raet yards` and `raet shares`: what the manor knows, a row each.
 *
 * @module
 */
import type { EstateView, ShareView, YardView } from "../../route/control.ts";
import type { Column } from "../output.ts";
import type { Session } from "../session.ts";
import { formatBytes, formatMs, paint, type Piece } from "../text.ts";
import type { Verb } from "../verb.ts";

/** Shows the other estates. */
export const estatesVerb: Verb = {
  name: "estates",
  summary: "show the estates that this one knows, and how it stands with each",
  places: ["command", "console"],
  examples: [
    ["estates", "their addresses, states and traffic"],
    ["estates --json", "the same for a script"],
  ],
  notes: [
    "STATE goes from joining (or pending: a key waits for acceptance) over joined to allowed, where",
    "messages flow. ALIVE says whether it answered lately, RTT how long a packet and its answer took.",
    "SENT and RECEIVED count messages and bytes since this manor started.",
  ],
  json: [
    "{name, role, address, state, alive, main, ours, roundTripMs, queued, messagesSent,",
    "  messagesReceived, bytesSent, bytesReceived, packetsResent}; state is joining, pending, joined,",
    "  allowed or rejected; ours is false for one of the reference's; roundTripMs is null while unknown",
  ],
  define(command, session) {
    command.action(() => showEstates(session));
  },
};

/** Shows the processes of this host. */
export const yardsVerb: Verb = {
  name: "yards",
  summary: "show the processes that are attached on this host",
  places: ["command", "console"],
  examples: [["yards", "their names on the lane, process ids and programs"]],
  notes: ["RECEIPTS says whether a process acknowledges what it takes: all that use raet do."],
  json: ["{name, ours, pid, program, queued}; ours: it acknowledges; pid is null where unknown"],
  define(command, session) {
    command.action(() => showYards(session));
  },
};

/** Shows the shares of this manor. */
export const sharesVerb: Verb = {
  name: "shares",
  summary: "show the shares of this manor: who claims and who observes them",
  places: ["command", "console"],
  examples: [["shares", "and how many messages each holds"]],
  notes: ["HELD messages wait for a claimant. DECLARED shares exist though nobody claims them."],
  json: [
    "{name, claimants, observers, held, declared}; claimants and observers are names of yards",
  ],
  define(command, session) {
    command.action(() => showShares(session));
  },
};

/** Prints the estates. */
export async function showEstates(session: Session): Promise<void> {
  const yard = await session.attach();
  const { rows } = await yard.control("estates", {});
  session.output.rows(rows, ESTATE_COLUMNS, "no other estate is known yet");
}

/** Prints the yards. */
export async function showYards(session: Session): Promise<void> {
  const yard = await session.attach();
  const { rows } = await yard.control("yards", {});
  session.output.rows(rows, YARD_COLUMNS, "no process is attached");
}

/** Prints the shares. */
export async function showShares(session: Session): Promise<void> {
  const yard = await session.attach();
  const { rows } = await yard.control("shares", {});
  session.output.rows(rows, SHARE_COLUMNS, "nobody claims a share");
}

const ESTATE_COLUMNS: Column<EstateView>[] = [
  ["ESTATE", ({ name }) => name || "-"],
  ["ROLE", ({ role }) => role || "-"],
  ["ADDRESS", (estate) => estate.address],
  ["STATE", ({ state }) => paint(state === "allowed" ? "green" : "yellow", state)],
  ["ALIVE", ({ alive }) => alive ? paint("green", "yes") : paint("red", "no")],
  ["RTT", ({ roundTripMs }) => roundTripMs === null ? "-" : formatMs(roundTripMs)],
  ["QUEUED", ({ queued }) => String(queued)],
  ["SENT", ({ messagesSent, bytesSent }) => traffic(messagesSent, bytesSent)],
  ["RECEIVED", ({ messagesReceived, bytesReceived }) => traffic(messagesReceived, bytesReceived)],
  ["IS", estateKind],
];

const YARD_COLUMNS: Column<YardView>[] = [
  ["YARD", (yard) => yard.name],
  ["PID", ({ pid }) => pid === null ? "-" : String(pid)],
  ["PROGRAM", ({ program }) => program || "-"],
  ["QUEUED", ({ queued }) => String(queued)],
  ["RECEIPTS", ({ ours }) => ours ? "yes" : "no"],
];

const SHARE_COLUMNS: Column<ShareView>[] = [
  ["SHARE", (share) => share.name],
  ["CLAIMED BY", ({ claimants }) => claimants.join(" ") || "-"],
  ["OBSERVED BY", ({ observers }) => observers.join(" ") || "-"],
  ["HELD", ({ held }) => String(held)],
  ["DECLARED", ({ declared }) => declared ? "yes" : "no"],
];

/** Whether it is one of ours is known once it is allowed. */
function estateKind({ main, ours, state }: EstateView): Piece {
  const isClassic = !ours && state === "allowed";
  const kinds = [main ? "main" : "", isClassic ? "classic" : ""].filter((kind) => kind !== "");
  return kinds.join(" ") || "-";
}

function traffic(messages: number, bytes: number): string {
  return messages === 0 ? "-" : `${messages} (${formatBytes(bytes)})`;
}
