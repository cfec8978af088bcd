/**
 * The readers of the wire: packets, pages, bodies, segments, handshakes, join bodies.
 *
 * @module
 */
import { equalBytes, fromHex } from "../../../src/base/bytes.ts";
import { Drop } from "../../../src/base/drop.ts";
import type { Body } from "../../../src/base/value.ts";
import { packBody, unpackBody } from "../../../src/wire/body.ts";
import { Book } from "../../../src/wire/book.ts";
import {
  openCookie,
  openHello,
  openInitiate,
  packCookie,
  packHello,
  packInitiate,
} from "../../../src/wire/handshake.ts";
import { HEAD_SCRATCH_BYTES, parseHead, writeHead } from "../../../src/wire/heads.ts";
import {
  makeJoinRequest,
  makeJoinResponse,
  readJoinRequest,
  readJoinResponse,
} from "../../../src/wire/joinbody.ts";
import { BodyKind } from "../../../src/wire/kinds.ts";
import { parsePage } from "../../../src/wire/page.ts";
import { parsePacket, verifyPacket } from "../../../src/wire/packet.ts";
import { readMisseds, Reassembly } from "../../../src/wire/segments.ts";
import { fastCrypto } from "../../support/fast_crypto.ts";
import { readRoad } from "../../support/recordings.ts";
import { form, sizeOf, type Target, type Verdict } from "../target.ts";
import { lanePages, roadDatagrams, texts } from "./seeds.ts";

const key = (salt: number) => new Uint8Array(32).fill(salt);
const verifier = fastCrypto.verifier(key(1));
const HEAD_WORDS =
  'ri RAET\n,pl 0400\n,hl 28\n,fg 20\n,se 1\n,de ffffffff\n,tk 0\n,pk 3\n,sn 1\n,sc ffff\n,ml 3ffffff\n,ck 1\n,bk 3\n,fk 1\n,fl 40\n,\n\n,\r\n\r\n,{"ri":"RAET"'
    .split(",");

function dropped({ reason, detail }: Drop): Verdict {
  return { outcome: `${reason}: ${form(detail)}`, work: 1 };
}

const packet: Target = {
  name: "packet",
  weight: 30,
  bytesMax: 1100,
  workPerByte: 1,
  workAtLeast: 50,
  seeds: roadDatagrams,
  words: HEAD_WORDS,
  run(input) {
    const read = parsePacket(input);
    if (read instanceof Drop) return dropped(read);
    const { head, coat, footLength } = read;
    verifyPacket(read, verifier);
    // What was read can be written, and reads the same again.
    const scratch = new Uint8Array(HEAD_SCRATCH_BYTES);
    const length = writeHead(head, coat.length, footLength, scratch);
    const whole = new Uint8Array(length + coat.length + footLength);
    whole.set(scratch.subarray(0, length));
    const again = parseHead(whole);
    if (again instanceof Drop) throw new Error(`a head that was written is ${again.reason}`);
    for (const [name, value] of Object.entries(head)) {
      if (name === "datetime") continue; // written with six decimals
      const other = again.head[name as keyof typeof head];
      if (other !== value) throw new Error(`${name} ${value} came back as ${other}`);
    }
    const { transactionKind, packetKind } = head;
    return { outcome: `transaction ${transactionKind} packet ${packetKind}`, work: coat.length };
  },
};

const page: Target = {
  name: "page",
  weight: 15,
  bytesMax: 3000,
  workPerByte: 1,
  workAtLeast: 50,
  seeds: lanePages,
  words: [
    "ri RAET\n",
    "vn 0\n",
    "pk 1\n",
    "sn ",
    "dn ",
    "si ",
    "bi ",
    "pn 0000\n",
    "pc ffff\n",
    "\n\n",
  ],
  run(input) {
    const read = parsePage(input);
    if (read instanceof Drop) return dropped(read);
    const book = new Book(read);
    book.add(read);
    const work = book.complete ? book.join().length : read.section.length;
    return { outcome: `${read.packing} ${read.pageCount > 1 ? "book" : "page"}`, work };
  },
};

/** What a body holds comes back the same when it is packed again, whichever way it came. */
function checkAgain(kind: number, body: Body): void {
  const packed = packBody(kind, body);
  const again = unpackBody(kind, packed);
  if (again instanceof Drop) throw new Error(`what was unpacked and packed is ${again.reason}`);
  if (!equalBytes(packBody(kind, again), packed)) throw new Error("a body changed on its way");
}

function bodyTarget(
  name: string,
  kind: number,
  seeds: () => Uint8Array[],
  words: string[],
): Target {
  return {
    name,
    weight: 20,
    bytesMax: 2000,
    workPerByte: 2,
    workAtLeast: 10,
    seeds,
    words,
    run(input) {
      const body = unpackBody(kind, input);
      if (body instanceof Drop) return dropped(body);
      checkAgain(kind, body);
      return { outcome: "a body", work: sizeOf(body) };
    },
  };
}

const jsonBody = bodyTarget(
  "body-json",
  BodyKind.json,
  () =>
    texts(
      '{"route":{"src":["a",null,"b"],"dst":["c","d",null]},"raet":{"v":1,"id":"00"}}',
      '{"a":[1,2.5,-3e10,true,null,"\\ud83d\\ude00"],"__proto__":{"x":1},"b":{"c":{}}}',
    ),
  ["{", "}", "[[[[[[[[", "]", '"', "\\u0000", "\\ud800", "__proto__", "1e309", "-0", "toJSON", ","],
);

const msgpackBody = bodyTarget(
  "body-msgpack",
  BodyKind.msgpack,
  () =>
    ([
      { a: [1, -1, 2 ** 40, -(2 ** 40), 0.5], b: "text", c: new Uint8Array(40), d: { e: null } },
      { long: "x".repeat(300), list: Array.from({ length: 20 }, (_, i) => i) },
    ] as Body[]).map((body) => packBody(BodyKind.msgpack, body)),
  ["\xc1", "\xdf\xff\xff\xff\xff", "\xdd\xff\xff\xff\xff", "\xc6\xff\xff\xff\xff", "\xcf", "\xd4"],
);

const segments: Target = {
  name: "segments",
  weight: 15,
  bytesMax: 400,
  workPerByte: 70,
  workAtLeast: 200,
  seeds: () => [Uint8Array.of(4, 0, 8, 0, 0, 1, 1, 1, 1, 2, 1, 3, 1), Uint8Array.of(1, 0, 0, 0, 9)],
  run(input) {
    // Count, length, then pairs: number and how long.
    const count = Math.max(1, (input[0] ?? 0) | (input[1] ?? 0) << 8);
    const whole = new Reassembly(count, (input[2] ?? 0) | (input[3] ?? 0) << 8);
    let outcome = "unfinished";
    let work = 0;
    for (let at = 4; at + 1 < input.length && !whole.complete; at += 2) {
      const added = whole.add(input[at] - 8, new Uint8Array(input[at + 1] & 63));
      if (added instanceof Drop) outcome = form(`${added.reason} ${added.detail}`);
      work += input[at + 1] & 63;
      whole.missing(whole.highest + 1);
    }
    if (whole.complete) {
      const joined = whole.join();
      outcome = joined instanceof Drop ? form(joined.detail) : "whole";
    }
    return { outcome, work };
  },
};

const resend: Target = {
  ...jsonBody,
  name: "resend",
  weight: 5,
  workAtLeast: 70,
  seeds: () => texts('{"misseds":[0,1,2,63]}', '{"misseds":[]}'),
  words: ["misseds", "[", "-1", "1e9", "0.5", "null", ","],
  run(input) {
    const body = unpackBody(BodyKind.json, input);
    if (body instanceof Drop) return dropped(body);
    const numbers = readMisseds(body, 64);
    if (numbers instanceof Drop) return dropped(numbers);
    return { outcome: "numbers", work: numbers.length };
  },
};

const join: Target = {
  ...jsonBody,
  name: "join-body",
  weight: 10,
  seeds: () => {
    const recorded = readRoad("join_accept").datagrams;
    return recorded.flatMap(({ body }) => body?.text ? texts(body.text) : []);
  },
  words: [
    "name",
    "role",
    "mode",
    "kind",
    "verhex",
    "pubhex",
    "uid",
    "\u202e",
    "/",
    "..",
    "\\u0000",
    "-1",
  ],
  run(input) {
    const body = unpackBody(BodyKind.json, input);
    if (body instanceof Drop) return dropped(body);
    const request = readJoinRequest(body);
    const response = readJoinResponse(body);
    if (!(request instanceof Drop)) checkAgain(BodyKind.json, makeJoinRequest(request));
    if (!(response instanceof Drop)) checkAgain(BodyKind.json, makeJoinResponse(response));
    const [one, two] = [request, response].map((read) =>
      read instanceof Drop ? read.detail : "read"
    );
    return { outcome: form(`${one}, ${two}`), work: sizeOf(body) };
  },
};

const clientBox = fastCrypto.box(key(3), fastCrypto.boxPublicKey(key(4)));
const serverBox = fastCrypto.box(key(4), fastCrypto.boxPublicKey(key(3)));
const zeros = (length: number) => new Uint8Array(length);

const handshake: Target = {
  name: "handshake",
  weight: 10,
  bytesMax: 600,
  workPerByte: 1,
  workAtLeast: 400,
  seeds: () => {
    const shortPublic = fastCrypto.boxPublicKey(key(3));
    const fields = { shortPublic, longPublic: shortPublic, oreo: zeros(24), fqdn: "main.example" };
    const cookie = { shortPublic, nearId: 1, farId: 2, oreo: zeros(24) };
    return [
      packHello({ shortPublic, isOurs: false }, clientBox, zeros),
      packHello({ shortPublic, isOurs: true }, clientBox, zeros),
      packCookie(cookie, clientBox, zeros),
      packInitiate(fields, clientBox, clientBox, zeros),
      ...readRoad("allow").datagrams.slice(0, 8).map(({ hex }) => fromHex(hex)!.subarray(-400)),
    ];
  },
  run(input) {
    const read = [
      openHello(input, () => serverBox),
      openCookie(input, serverBox),
      openInitiate(input, serverBox, serverBox),
    ];
    const outcome = read.map((one) => one instanceof Drop ? one.detail : "read").join(", ");
    return { outcome: form(outcome), work: input.length };
  },
};

/** All of them. */
export const WIRE_TARGETS: readonly Target[] = [
  packet,
  page,
  jsonBody,
  msgpackBody,
  segments,
  resend,
  join,
  handshake,
];
