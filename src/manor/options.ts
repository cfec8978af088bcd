/**
 * What a manor is started with.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import type { PresenceName } from "../route/control.ts";
import type { AutoMode } from "../keep/judge.ts";
import type { Log } from "../base/log.ts";
import type { Grant } from "../route/grants.ts";
import type { Policy } from "../route/policy.ts";

/** A main to join, and perhaps the one key that may answer there. */
export interface JoinTarget extends Address {
  /** the fingerprint of its key, as raet keys prints it: another one is refused, and it needs no acceptance */
  readonly pin?: string;
}

/** How to open a manor. What a home has on record is kept; here stands what a new one gets. */
export interface ManorOptions {
  /** folder that holds all of this estate: keys, sockets, settings */
  readonly home: string;
  /** the estate's name on its road (default: the host's name) */
  readonly name?: string;
  /** the identity that its keys belong to (default: its name) */
  readonly role?: string;
  /** lets newcomers join (default false) */
  readonly main?: boolean;
  /** UDP address to listen on; port 0 picks a free one and keeps it (default 0.0.0.0:7530) */
  readonly listen?: Address;
  /** mains to join */
  readonly join?: readonly JoinTarget[];
  /** which newcomers' keys are accepted unseen (default: never for a main, once for others) */
  readonly auto?: AutoMode;
  /** known estates may change address, role or keys (default true) */
  readonly mutable?: boolean;
  /** how often each estate is asked whether it is alive (default 5000) */
  readonly alivePeriodMs?: number;
  /** how long the keys of one session are used (default 3600000) */
  readonly sessionMs?: number;
  /** an application's number for what kind of estate this is, 0 to 255 (default 0) */
  readonly kind?: number;
  /** shares that exist though nobody claims them, and how many messages each may hold */
  readonly shares?: ReadonlyMap<string, number>;
  /** how long it lets open messages end when it is told to end (default 5000) */
  readonly drainMs?: number;
  /** which messages may pass: the first rule that matches decides (default: all may) */
  readonly policy?: Policy;
  /** group, by name or number, whose members may use the manor as operators (default: none) */
  readonly group?: string;
  /** what they may do (default: what changes nothing) */
  readonly groupVerbs?: readonly Grant[];
  /** durable messages that may wait to leave, and as many that came (default 20000) */
  readonly durableMessages?: number;
  /** bytes of those (default 128 MiB) */
  readonly durableBytes?: number;
  /** how the keep's files are written (default json) */
  readonly keepFormat?: "json" | "msgpack";
  /** where its log goes (default: nowhere) */
  readonly log?: Log;
  /** gets what happens, as it happens */
  readonly onEvent?: (event: ManorEvent) => void;
}

/** What can be changed while a manor runs: shares and mains can be added. */
export type LiveOptions = Pick<
  ManorOptions,
  | "auto"
  | "alivePeriodMs"
  | "sessionMs"
  | "drainMs"
  | "shares"
  | "join"
  | "policy"
  | "groupVerbs"
  | "durableMessages"
  | "durableBytes"
>;

/** What a manor tells whoever opened it. */
export type ManorEvent =
  | { event: "ready"; name: string; address: string; home: string; fingerprint: string }
  | { event: PresenceName; estate: string; message: string }
  | { event: "warning"; message: string };

/** Port of the reference's library; Salt used 4505 and 4510. */
export const PORT_DEFAULT = 7530;
