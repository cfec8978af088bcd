/**
 * What a join, if it completes, will have us know of the other side; and how that compares with what
 * we know already.
 *
 * @module
 */
import { type Address, sameAddress } from "../base/address.ts";
import { equalBytes } from "../base/bytes.ts";
import type { JoinRequest } from "../wire/joinbody.ts";
import { hintedSignature, hintedSuccession, holdsHint, readKeysNews } from "./capabilities.ts";
import type { RemoteRecord } from "../keep/records.ts";
import type { Succession } from "../keep/succession.ts";
import type { Identities, Identity } from "./identity.ts";
import type { Remote } from "./remote.ts";

/** What the other side of a join says of itself, and the numbers of the pairing. */
export interface Proposal {
  readonly name: string;
  readonly role: string;
  readonly main: boolean;
  readonly kind: number;
  readonly verifyKey: Uint8Array;
  readonly boxKey: Uint8Array;
  /** Whether it says that it is one of ours. */
  readonly hinted: boolean;
  /** Whether what it says of itself is signed with its key, as ours do. */
  readonly signed: boolean;
  /** How it came to its keys, where it said so. Its signature is not looked at yet. */
  readonly succession: Succession | null;
  /** The keys of ours that it is shown. */
  readonly shown: Identity;
  readonly address: Address;
  /** Our number for it. */
  readonly nearUid: number;
  /** Its number for us. */
  readonly farUid: number;
  readonly vacuous: boolean;
  /** Whether we began the join. */
  readonly byUs: boolean;
  /** The last transaction id that we used before there was a record. */
  readonly lastTransactionId: number;
}

/** What a join that completed has changed. */
export interface JoinNews {
  /** Whether keys, numbers or the address are other than before: then no session holds. */
  readonly changed: boolean;
  /** Whether we were not joined before. */
  readonly isNews: boolean;
  /** Whether it joined us and never showed its keys: then the first session is its to begin. */
  readonly isStranger: boolean;
}

/** Puts a proposal together from a join body. */
export function makeProposal(
  body: JoinRequest,
  pairing: Omit<
    Proposal,
    "name" | "role" | "main" | "kind" | "verifyKey" | "boxKey" | "hinted" | "signed" | "succession"
  >,
): Proposal {
  const { name, role, main, kind, verifyKey, boxKey } = body;
  const { extra } = body;
  const [hinted, signed] = [holdsHint(extra), hintedSignature(extra) !== null];
  const succession = hintedSuccession(extra);
  const keys = { verifyKey, boxKey, succession };
  return { name, role, main, kind, ...keys, hinted, signed, ...pairing };
}

/** The record of a remote that nothing else is known of. */
export function recordOf(proposal: Proposal): RemoteRecord {
  const { name, role, main, kind, nearUid, farUid, address } = proposal;
  const isHere = address.host === "127.0.0.1" || address.host === "::1";
  return {
    name,
    nearUid,
    farUid,
    address,
    internalAddress: null,
    natted: null,
    fqdn: isHere ? "localhost" : address.host,
    dynamicIp: null,
    sessionId: 0,
    main,
    kind,
    joined: true,
    role,
  };
}

/** Whether the role and its keys are those on record. */
export function sameKeys(remote: Remote, proposal: Proposal): boolean {
  return remote.role === proposal.role &&
    equalBytes(remote.keys.verifyKey, proposal.verifyKey) &&
    equalBytes(remote.keys.boxKey, proposal.boxKey);
}

/** Whether a session between us would not hold after the change: other keys, numbers or address. */
export function sameSession(remote: Remote, proposal: Proposal): boolean {
  return sameKeys(remote, proposal) && sameAddress(remote.address, proposal.address) &&
    remote.farUid === proposal.farUid && remote.nearUid === proposal.nearUid;
}

/**
 * Whether a remote of ours, which signs what it says of itself, is said to be something else without a
 * signature: then it did not say so.
 */
export function isDoubtful(remote: Remote, proposal: Proposal): boolean {
  const { name, role, main, kind } = remote;
  const says = proposal.name === name && proposal.role === role && proposal.main === main &&
    proposal.kind === kind;
  return remote.hinted && remote.proven && !proposal.signed && !says;
}

/**
 * Whether a join is from elsewhere than where we look for a remote that has not shown its keys: where that is
 * our operator said, and nobody else knows.
 */
export function isElsewhere(
  { remote, sought }: { readonly remote: Remote; readonly sought: boolean },
  { address }: Proposal,
): boolean {
  return sought && !remote.proven && !sameAddress(remote.address, address);
}

/** Whether everything is as on record. */
export function sameAll(remote: Remote, proposal: Proposal): boolean {
  return sameSession(remote, proposal) && remote.name === proposal.name &&
    remote.main === proposal.main && remote.kind === proposal.kind;
}

/**
 * Whether a request names the number of somebody else, as one of us has forgotten the other: neither
 * name nor keys are those on record.
 */
export function isAnother(remote: Remote, { name, verifyKey }: JoinRequest): boolean {
  return remote.name !== name && !equalBytes(remote.keys.verifyKey, verifyKey);
}

/** The keys of ours that whoever asks is shown: those that it has on record, as it says, or as far as we know. */
export function keysToShow(
  identities: Identities,
  remote: Remote | undefined,
  { verifyKey, extra }: JoinRequest,
  isVacuous: boolean,
): Identity {
  if (!remote) return identities.newest;
  const likely = identities.held(readKeysNews(extra).knows) ?? identities.toShow(remote);
  if (!isVacuous) return likely;
  // Whoever comes with other keys than we know has a new home, and nothing on record.
  if (!equalBytes(remote.keys.verifyKey, verifyKey)) return identities.newest;
  return identities.forWhoForgot(likely, holdsHint(extra));
}

/** Whether a request is the one that a proposal was made of. */
export function saysTheSame(proposal: Proposal, request: JoinRequest): boolean {
  return proposal.name === request.name && proposal.role === request.role &&
    equalBytes(proposal.verifyKey, request.verifyKey) &&
    equalBytes(proposal.boxKey, request.boxKey);
}
