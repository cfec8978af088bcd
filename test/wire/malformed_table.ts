/**
 * What becomes of each malformed packet and page by the wire's own rules (test/support/wire_verdict.ts)
 * and where those are stricter than the reference's, which raises, answers or delivers instead.
 *
 * @module
 */
import type { WireVerdict } from "../support/wire_verdict.ts";

/** A line of the table of packets. */
export interface PacketLine {
  /** The name of the vector. */
  readonly name: string;
  readonly verdict: WireVerdict;
  /** Why we drop what the reference answers or delivers. */
  readonly stricter?: string;
  /** What the road makes of one that parses. */
  readonly then?: string;
}

/** A line of the table of pages; a vector has one page or several. */
export interface PageLine {
  readonly name: string;
  readonly verdicts: readonly WireVerdict[];
  readonly stricter?: string;
  /** What the lane makes of those that parse. */
  readonly then?: string;
}

/** In the order of malformed_packets.json. */
export const MALFORMED_PACKETS: readonly PacketLine[] = [
  { name: "empty datagram", verdict: "packet_size" },
  { name: "random bytes", verdict: "packet_head" },
  { name: "right start, no head terminator", verdict: "packet_head" },
  { name: "head line without a space", verdict: "packet_head" },
  { name: "head line with two spaces", verdict: "packet_head" },
  { name: "empty head line", verdict: "packet_head" },
  { name: "unknown head field", verdict: "packet_head" },
  { name: "head field bl (listed as known, has no format)", verdict: "packet_head" },
  { name: "number that is not hex", verdict: "packet_head" },
  {
    name: "number with python extras (0x prefix, underscore)",
    verdict: "packet_head",
    stricter: "numbers are plain hex digits",
  },
  {
    name: "negative number",
    verdict: "packet_head",
    stricter: "numbers are plain hex digits",
  },
  { name: "datetime that is not a number", verdict: "packet_head" },
  {
    name: "datetime nan",
    verdict: "packet_head",
    stricter: "a datetime is a decimal",
  },
  { name: "flags that are not hex", verdict: "packet_head" },
  { name: "flags wider than a byte", verdict: "packet_head" },
  { name: "length pl too small", verdict: "packet_size" },
  { name: "length hl wrong", verdict: "packet_head" },
  { name: "head kind says json in a raet head", verdict: "packet_head" },
  { name: "version 1", verdict: "packet_version" },
  {
    name: "duplicate head field, last one wins",
    verdict: "packet_head",
    stricter: "a field stands once",
  },
  { name: "foot longer than the packet", verdict: "packet_foot" },
  {
    name: "negative foot length",
    verdict: "packet_head",
    stricter: "numbers are plain hex digits",
  },
  { name: "unknown foot kind 7", verdict: "packet_foot" },
  {
    name: "foot kind sha2 with no foot",
    verdict: "packet_foot",
    stricter: "a foot that can't be checked is not taken for none",
  },
  { name: "bad signature", verdict: "bad_signature" },
  { name: "signature of 63 bytes", verdict: "packet_foot" },
  {
    name: "signed, but for an unknown uid",
    verdict: "parses",
    then: "nobody has that number",
  },
  { name: "signed by the wrong key", verdict: "bad_signature" },
  { name: "broadcast flag", verdict: "broadcast" },
  { name: "transaction kind bind", verdict: "packet_kind" },
  { name: "packet kind 255", verdict: "packet_kind" },
  { name: "zero session id", verdict: "packet_ids" },
  { name: "zero source uid", verdict: "packet_ids" },
  { name: "json head: not json", verdict: "packet_head" },
  { name: "json head: byte above 127", verdict: "packet_head" },
  { name: "json head: hl left out", verdict: "packet_head" },
  { name: "json head: hl is a number", verdict: "packet_head" },
  { name: "json head: fg is a number", verdict: "packet_head" },
  { name: "json head: de is a list", verdict: "packet_head" },
  { name: "json head: se, de, tk as text", verdict: "packet_head" },
  {
    name: "json head: unknown fields are kept",
    verdict: "packet_head",
    stricter: "as in a raet head, an unknown field is an error",
  },
  { name: "unknown body kind 9 in an alive request", verdict: "packet_kind" },
  { name: "unknown coat kind 9 in an alive request", verdict: "packet_kind" },
  {
    name: "unsigned alive request",
    verdict: "parses",
    then: "the signature is missing, which the reference doesn't mind",
  },
  {
    name: "unsigned alive request with a far newer session id",
    verdict: "parses",
    then: "the signature is missing, and would have moved the session",
  },
  {
    name: "unsigned alive request, garbage ciphertext",
    verdict: "parses",
    then: "the signature is missing; the box would not open either",
  },
  { name: "unsigned alive request, ciphertext shorter than a nonce", verdict: "bad_box" },
  { name: "alive request, body is not json", verdict: "bad_body" },
  { name: "alive request, body is not utf-8", verdict: "bad_body" },
  { name: "alive request, body is a list", verdict: "bad_body" },
  { name: "alive request, body is not msgpack", verdict: "bad_body" },
  { name: "alive request, msgpack map with integer key", verdict: "bad_body" },
  {
    name: "unsigned hello from a stranger with a valid box",
    verdict: "parses",
    then: "the signature is missing",
  },
  { name: "unsigned hello, garbage box", verdict: "bad_box" },
  {
    name: "unsigned hello, short body",
    verdict: "bad_handshake",
    stricter: "the reference rejects it in words, and has dropped the session by then",
  },
  {
    name: "unsigned message",
    verdict: "parses",
    then: "the signature is missing",
  },
  {
    name: "signed, unencrypted message",
    verdict: "parses",
    then: "a message of the known sender, in the clear",
  },
  { name: "signed message, segment number beyond the count", verdict: "bad_segment" },
  { name: "signed message, segment count 0", verdict: "bad_segment" },
  { name: "signed message, negative segment number", verdict: "packet_head" },
  { name: "signed message, body is a list", verdict: "bad_body" },
  {
    name: "signed message, garbage ciphertext",
    verdict: "parses",
    then: "the session's box doesn't open it",
  },
  {
    name: "signed and encrypted message, body is not json",
    verdict: "parses",
    then: "the session's box opens it, and its body is bad",
  },
  { name: "join with a nonzero session id", verdict: "packet_ids" },
  { name: "join with zero source uid", verdict: "packet_ids" },
  {
    name: "join naming an unknown uid",
    verdict: "parses",
    then: "the joiner is told to renew",
  },
  { name: "join, body is not json", verdict: "bad_body" },
  { name: "join, no body", verdict: "bad_join" },
  { name: "join without name", verdict: "bad_join" },
  { name: "join without role", verdict: "bad_join" },
  {
    name: "join, name is the receiver's own name",
    verdict: "parses",
    then: "no answer to our own name",
  },
  {
    name: "join, name with a space",
    verdict: "bad_join",
    stricter: "a name is checked before it meets a path",
  },
  {
    name: "join, name with path parts",
    verdict: "bad_join",
    stricter: "a name is checked before it meets a path",
  },
  { name: "join, role with path parts", verdict: "bad_join" },
  { name: "join, role with a space", verdict: "bad_join" },
  {
    name: "join, good",
    verdict: "parses",
    then: "a join",
  },
  {
    name: "join, name of 300 characters",
    verdict: "bad_join",
    stricter: "a name has at most 200 characters",
  },
  {
    name: "join, name is a number",
    verdict: "bad_join",
    stricter: "a name is text",
  },
  { name: "join, name is a list", verdict: "bad_join" },
  { name: "join, mode 256", verdict: "bad_join" },
  {
    name: "join, mode true",
    verdict: "bad_join",
    stricter: "a mode is a number",
  },
  {
    name: "join, kind is text",
    verdict: "bad_join",
    stricter: "a kind is a number",
  },
  { name: "join, verhex of the wrong length", verdict: "bad_join" },
  { name: "join, verhex not hex", verdict: "bad_join" },
  { name: "join, verhex a number", verdict: "bad_join" },
  { name: "join, verhex of 32 characters (taken as raw bytes)", verdict: "bad_join" },
  {
    name: "join, upper case hex keys",
    verdict: "bad_join",
    stricter:
      "the reference rejects it in words: keys are compared as text, and there they are lower case",
  },
];

/** In the order of malformed_pages.json. */
export const MALFORMED_PAGES: readonly PageLine[] = [
  {
    name: "good page",
    verdicts: ["parses"],
    then: "a message",
  },
  { name: "random bytes", verdicts: ["page_head"] },
  { name: "head line without a space", verdicts: ["page_head"] },
  { name: "unknown head field", verdicts: ["page_head"] },
  { name: "number that is not hex", verdicts: ["page_head"] },
  {
    name: "version 1 (not checked)",
    verdicts: ["page_head"],
    stricter: "the version is checked",
  },
  {
    name: "destination yard is another (not dropped)",
    verdicts: ["parses"],
    then: "not for this yard",
  },
  {
    name: "source yard name differs from the socket name",
    verdicts: ["parses"],
    then: "not the socket it came from",
  },
  { name: "source yard name with a space", verdicts: ["page_head"] },
  { name: "source name left out", verdicts: ["page_head"] },
  {
    name: "destination left out",
    verdicts: ["page_head"],
    stricter: "a page names its destination",
  },
  {
    name: "session id of 4 characters",
    verdicts: ["page_head"],
    stricter: "a session id has 18 digits",
  },
  { name: "body is not json", verdicts: ["bad_body"] },
  { name: "body is a list", verdicts: ["bad_body"] },
  {
    name: "empty body",
    verdicts: ["parses"],
    then: "an empty message",
  },
  { name: "body is not msgpack", verdicts: ["bad_body"] },
  { name: "msgpack map with integer key", verdicts: ["bad_body"] },
  { name: "unknown pack kind 2", verdicts: ["page_head"] },
  {
    name: "page count 0",
    verdicts: ["page_head"],
    stricter: "a page is one of at least one",
  },
  {
    name: "first page of two only",
    verdicts: ["parses"],
    then: "a book begins",
  },
  {
    name: "second page without the first",
    verdicts: ["parses"],
    then: "a book that never began",
  },
  {
    name: "page number beyond the count",
    verdicts: ["parses", "page_head"],
    then: "a book begins, and its second page is none",
  },
  {
    name: "two pages in order",
    verdicts: ["parses", "parses"],
    then: "a message",
  },
  {
    name: "two pages, first one twice",
    verdicts: ["parses", "parses", "parses"],
    then: "a message",
  },
  {
    name: "new session id between two pages drops the book",
    verdicts: ["parses", "parses", "parses"],
    then: "the book is dropped",
  },
];
