/**
 * A message with everything that is written around its payload: where from, where to, its id, and
 * what its sender wants to hear. On the wire that is the payload's own keys, plus `route` (as the
 * reference's users have it) and the reserved key `raet` (design.md, Delivery).
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { RaetError } from "../base/errors.ts";
import { isErrorCode } from "../base/errors.ts";
import { toHex } from "../base/bytes.ts";
import { IDS_PER_RECEIPT_MAX, TTL_MS_MAX } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import { type Body, isBody, type Value } from "../base/value.ts";
import { findFault, isPlain } from "../wire/values.ts";
import { isNoteWord, type NoteWord } from "./notes.ts";
import { failure, isSuccess, type Result } from "./outcome.ts";
import { readReply, type Reply, writeReply } from "./reply.ts";
import { INBOX, readTriple, type Triple, writeTriple } from "./triple.ts";

/** Version of the reserved key's fields. */
const ENVELOPE_VERSION = 1;
/** Hops that a message can make: yard, manor, manor, yard. */
export const HOPS_MAX = 4;
/** Longest word for the kind of message. */
const TYPE_CHARS_MAX = 255;

/** A message on its way. */
export interface Envelope {
  readonly source: Triple;
  readonly destination: Triple;
  /** 128 random bits in hex, or "" where the sender gave none */
  readonly id: string;
  /** the sender waits to hear what became of it */
  readonly wants: boolean;
  /** for a receipt, a note or an answer: the ids that it is about */
  readonly answers: readonly string[];
  /** for a receipt or an answer: what became of those */
  readonly result: Result | null;
  /** for a note: what is said of those ids */
  readonly note: NoteWord | null;
  /** it is kept on disk until it is delivered, refused for good, or its time is over */
  readonly durable: boolean;
  /** messages of its source yard to its destination that are ordered too are handed over in order */
  readonly ordered: boolean;
  /** id of the message that has to be handed over before it, or "" */
  readonly after: string;
  /** grows along an order of durable messages: a receiver that was restarted sorts them by it */
  readonly seq: number;
  /** a process that has gone away may have seen it before */
  readonly redelivered: boolean;
  /** what ties a request to its answer: 128 random bits in hex, or "" for what is neither */
  readonly job: string;
  /** for an answer: how the work went; null for all else */
  readonly reply: Reply | null;
  /** life that was left when it was sent, milliseconds; null if its sender named none */
  readonly ttlMs: number | null;
  /** the sender's word for the kind of message */
  readonly type: string | null;
  readonly hops: number;
  /** what the application sent */
  readonly payload: Value;
}

/** The end of a route that says nothing: here, the manor, its inbox. */
export const NOWHERE: Triple = { estate: "", yard: "", share: "" };

/** An envelope from what is known; the rest says nothing. */
export function makeEnvelope(known: Partial<Envelope>): Envelope {
  return {
    source: NOWHERE,
    destination: NOWHERE,
    id: "",
    wants: false,
    answers: [],
    result: null,
    note: null,
    durable: false,
    ordered: false,
    after: "",
    seq: 0,
    redelivered: false,
    job: "",
    reply: null,
    ttlMs: null,
    type: null,
    hops: 0,
    payload: {},
    ...known,
  };
}

/** A fresh message id: 128 random bits in hex. */
export function newMessageId(random: Random): string {
  return toHex(random(16));
}

/**
 * Checks that an application's body can travel, as far as it has to be known before it is packed: what stands
 * in a map is looked at then, and of an object of a class only its fields would be left.
 *
 * @throws {RaetError} `bad_body`
 */
export function checkPayload(payload: Value): void {
  if (!isBody(payload)) {
    const fault = findFault(payload, true);
    if (fault === null) return;
    throw new RaetError("bad_body", `body${fault}: expected JSON values and bytes`);
  }
  if (!isPlain(payload)) {
    throw new RaetError("bad_body", `body is an object of a class: expected JSON values and bytes`);
  }
  for (const key of ["raet", "route"]) {
    if (Object.hasOwn(payload, key)) {
      throw new RaetError(
        "bad_body",
        `a body can't have a key "${key}": raet keeps that for itself`,
      );
    }
  }
}

/**
 * Checks a sender's word for the kind of message.
 *
 * @throws {RaetError} `usage` if it is no text, or too long to travel
 */
export function checkType(type: string | undefined): void {
  if (type === undefined) return;
  if (typeof type !== "string") {
    throw new RaetError("usage", `a type of type ${typeof type} can't travel: expected a text`);
  }
  if (type.length <= TYPE_CHARS_MAX) return;
  throw new RaetError(
    "usage",
    `a type of ${type.length} characters is too long: expected at most ${TYPE_CHARS_MAX}`,
  );
}

/**
 * Checks an id that a program gives a message.
 *
 * @throws {RaetError} `usage`
 */
export function checkId(id: string): void {
  if (isMessageId(id)) return;
  throw new RaetError("usage", `"${id}" is no message id: expected 32 hex digits`);
}

/** Whether what stands under the reserved key of a message makes it one that carries only receipts. */
export function isReceiptHead(fields: Body): boolean {
  return Array.isArray(fields.of) && fields.of.length > 0;
}

/** The body that holds all of an envelope, for a peer of ours. */
export function packEnvelope(envelope: Envelope): Body {
  const { payload } = envelope;
  const fields: Body = { v: ENVELOPE_VERSION };
  if (envelope.id !== "") fields.id = envelope.id;
  if (envelope.wants) fields.want = true;
  if (envelope.answers.length > 0) fields.of = [...envelope.answers];
  if (envelope.result !== null) writeResult(fields, envelope.result);
  if (envelope.note !== null) fields.note = envelope.note;
  if (envelope.durable) fields.durable = true;
  if (envelope.ordered) fields.ordered = true;
  if (envelope.after !== "") fields.after = envelope.after;
  if (envelope.seq > 0) fields.seq = envelope.seq;
  if (envelope.redelivered) fields.redelivered = true;
  if (envelope.job !== "") fields.job = envelope.job;
  if (envelope.reply !== null) writeReply(fields, envelope.reply);
  if (envelope.ttlMs !== null) fields.ttlMs = envelope.ttlMs;
  if (envelope.type !== null) fields.type = envelope.type;
  if (envelope.hops > 0) fields.hops = envelope.hops;
  const route = routeOf(envelope);
  if (isBody(payload)) return { ...payload, route, raet: fields };
  fields.data = true;
  return { data: payload, route, raet: fields };
}

/** The body for a peer that knows only routes: no reserved key, what is no map under `data`. */
export function packClassic(envelope: Envelope): Body {
  const { payload } = envelope;
  const route = routeOf(envelope);
  return isBody(payload) ? { ...payload, route } : { data: payload, route };
}

/** Whether a message would be another one, or can't go at all, in the body for a peer that knows only routes. */
export function needsFields({ ordered, job, type, payload }: Envelope): boolean {
  return ordered || job !== "" || type !== null || findFault(payload, false) !== null;
}

/** Whether something can be the id of a message: 32 hex digits. */
export function isMessageId(value: Value | undefined): value is string {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

/** Reads a body with a route. Anything of the wrong form is a drop. */
export function readEnvelope(body: Body): Envelope | Drop {
  const { route, raet, ...rest } = body;
  if (!isBody(route)) return new Drop("bad_route", "the route is not a map");
  const source = route.src === undefined ? NOWHERE : readTriple(route.src);
  const destination = route.dst === undefined ? NOWHERE : readTriple(route.dst);
  if (!source || !destination) return new Drop("bad_route", "src or dst is not a triple of names");
  if (raet === undefined) return makeEnvelope({ source, destination, payload: rest });
  if (!isBody(raet)) return new Drop("bad_body", "the reserved key is not a map");
  const fields = readFields(raet);
  if (fields instanceof Drop) return fields;
  const payload = raet.data === true ? rest.data ?? null : rest;
  // Only what is no map travels so: one could bear our keys, and be passed on as if they were ours.
  if (payload !== rest && isBody(payload)) return new Drop("bad_body", "data is a map");
  return makeEnvelope({ ...fields, source, destination, payload });
}

/** A bare body, as a reference stack sends it, for the manor's inbox. */
export function bareEnvelope(body: Body, estate: string): Envelope {
  const { raet: _reserved, ...payload } = body;
  return makeEnvelope({
    source: { ...NOWHERE, estate },
    destination: { ...NOWHERE, share: INBOX },
    payload,
  });
}

function routeOf(envelope: Envelope): Body {
  return { src: writeTriple(envelope.source), dst: writeTriple(envelope.destination) };
}

function writeResult(fields: Body, result: Result): void {
  if (result.status === "failed") fields.error = { code: result.code, message: result.message };
  else fields.status = result.status;
}

function readFields(fields: Body): Partial<Envelope> | Drop {
  const { id, of, job, ttlMs, type, hops, status, error, note, after, seq } = fields;
  if (id !== undefined && !isMessageId(id)) return new Drop("bad_body", "id is not 32 hex digits");
  const answers = of ?? [];
  if (
    !Array.isArray(answers) || answers.length > IDS_PER_RECEIPT_MAX || !answers.every(isMessageId)
  ) {
    return new Drop("bad_body", "of is not a list of ids");
  }
  if (note !== undefined && !isNoteWord(note)) return new Drop("bad_body", "an unknown note");
  if (seq !== undefined && !isCount(seq, Number.MAX_SAFE_INTEGER)) {
    return new Drop("bad_body", "seq");
  }
  if (after !== undefined && !isMessageId(after)) return new Drop("bad_body", "after is no id");
  const [durable, ordered] = [fields.durable === true, fields.ordered === true];
  if ((durable || ordered) && id === undefined && answers.length === 0) {
    return new Drop("bad_body", "no id to know it by");
  }
  if (job !== undefined && !isMessageId(job)) {
    return new Drop("bad_body", "job is not 32 hex digits");
  }
  if (ttlMs !== undefined && !isCount(ttlMs, TTL_MS_MAX)) return new Drop("bad_body", "ttlMs");
  if (type !== undefined && (typeof type !== "string" || type.length > TYPE_CHARS_MAX)) {
    return new Drop("bad_body", "type is not a short text");
  }
  if (hops !== undefined && !isCount(hops, 255)) return new Drop("bad_body", "hops");
  return {
    id: id ?? "",
    wants: fields.want === true && id !== undefined, // a receipt says by its id of which it is
    answers: answers as string[],
    result: answers.length > 0 && note === undefined ? readResult(status, error) : null,
    note: answers.length > 0 ? note ?? null : null,
    durable,
    ordered,
    after: after ?? "",
    seq: seq ?? 0,
    redelivered: fields.redelivered === true,
    job: job ?? "",
    reply: answers.length === 0 && job !== undefined ? readReply(status, error) : null,
    ttlMs: ttlMs ?? null,
    type: type ?? null,
    hops: hops ?? 0,
  };
}

function readResult(status: Value | undefined, error: Value | undefined): Result {
  if (isSuccess(status)) return { status };
  const code = isBody(error) && isErrorCode(error.code) ? error.code : "outcome_unknown";
  const message = isBody(error) && typeof error.message === "string"
    ? error.message.slice(0, 1000)
    : "the far side answered something that this version doesn't know";
  return failure(code, message);
}

function isCount(value: Value, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
}
