import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex } from "../../src/base/bytes.ts";
import { Drop, type DropReason } from "../../src/base/drop.ts";
import { loadCrypto } from "../../src/crypto/load.ts";
import {
  isOurOreo,
  openCookie,
  openHello,
  openInitiate,
  OREO_BYTES,
  OUR_OREO_BYTES,
  packCookie,
  packHello,
  packInitiate,
  packOurOreo,
} from "../../src/wire/handshake.ts";
import { parsePacket } from "../../src/wire/packet.ts";
import { bytes, readRoad, type RecordedDatagram, scriptedRandom } from "../support/recordings.ts";

const crypto = await loadCrypto();

function keyPair(fill: number) {
  const secret = new Uint8Array(32).fill(fill);
  return { secret, public: crypto.boxPublicKey(secret) };
}

function bodyOf(datagram: RecordedDatagram): Uint8Array {
  const packet = parsePacket(bytes(datagram.hex));
  assert.ok(!(packet instanceof Drop));
  return packet.coat;
}

function reason(result: object): DropReason | null {
  return result instanceof Drop ? result.reason : null;
}

for (const name of ["allow", "allow_race"]) {
  const road = readRoad(name);
  const steps = road.datagrams.filter((one) => one.handshake);

  describe(`the handshakes of ${name}`, () => {
    it("are there", () => {
      assert.ok(steps.length >= 4);
    });

    for (const [index, step] of steps.entries()) {
      const shake = step.handshake!;
      const [ours, theirs] = [road.estates[step.from].keys, road.estates[step.to].keys];
      const nonce = bytes(shake.nonce);
      const body = bodyOf(step);

      if (step.packet === "hello") {
        it(`have hello ${step.n} byte for byte, and open it`, () => {
          // The box of two keys is the same from both sides, if one secret was not recorded.
          const box = shake.short_pri
            ? crypto.box(bytes(shake.short_pri), bytes(theirs.pubhex))
            : crypto.box(bytes(theirs.prihex), bytes(shake.short_pub!));
          const said = { shortPublic: bytes(shake.short_pub!), isOurs: false };
          const packed = packHello(said, box, scriptedRandom(nonce));
          assert.equal(toHex(packed), toHex(body));
          const opened = openHello(body, (key) => crypto.box(bytes(theirs.prihex), key));
          assert.deepEqual(opened, said);
        });
      }

      if (step.packet === "cookie") {
        it(`have cookie ${step.n} byte for byte, and open it`, () => {
          const hello = steps.slice(0, index).reverse().find((one) =>
            one.packet === "hello" && one.from === step.to
          )!.handshake!;
          const stuff = shake.stuff!;
          const cookie = {
            shortPublic: bytes(stuff.short_pub!),
            nearId: stuff.se!,
            farId: stuff.de!,
            oreo: bytes(stuff.oreo!),
          };
          const box = crypto.box(bytes(ours.prihex), bytes(hello.short_pub!));
          assert.equal(toHex(packCookie(cookie, box, scriptedRandom(nonce))), toHex(body));
          const clients = crypto.box(bytes(hello.short_pri!), bytes(ours.pubhex));
          assert.deepEqual(openCookie(body, clients), cookie);
        });
      }

      if (step.packet === "initiate") {
        it(`have initiate ${step.n} byte for byte, and open it`, () => {
          const before = steps.slice(0, index).reverse();
          const hello = before.find((one) => one.packet === "hello" && one.from === step.from)!;
          const cookie = before.find((one) => one.packet === "cookie" && one.to === step.from)!;
          const [client, server] = [hello.handshake!, cookie.handshake!];
          const initiate = {
            shortPublic: bytes(client.short_pub!),
            oreo: bytes(shake.oreo!),
            longPublic: bytes(ours.pubhex),
            fqdn: shake.stuff!.fqdn_padded!.trimEnd(),
          };
          const packed = packInitiate(
            initiate,
            crypto.box(bytes(ours.prihex), bytes(theirs.pubhex)),
            crypto.box(bytes(client.short_pri!), bytes(server.stuff!.short_pub!)),
            scriptedRandom(bytes(shake.stuff!.vouch_nonce!), nonce),
          );
          assert.equal(toHex(packed), toHex(body));
          const opened = openInitiate(
            body,
            crypto.box(bytes(theirs.prihex), bytes(ours.pubhex)),
            crypto.box(bytes(server.short_pri!), bytes(client.short_pub!)),
          );
          assert.deepEqual(opened, initiate);
        });
      }
    }
  });
}

describe("a handshake body", () => {
  const client = { long: keyPair(1), short: keyPair(2) };
  const server = { long: keyPair(3), short: keyPair(4) };
  const stranger = keyPair(5);
  const random = (length: number) => new Uint8Array(length).fill(7);
  const boxOf = (secret: Uint8Array, key: Uint8Array) => crypto.box(secret, key);
  const hello = packHello(
    { shortPublic: client.short.public, isOurs: true },
    boxOf(client.short.secret, server.long.public),
    random,
  );
  const cookie = packCookie(
    {
      shortPublic: server.short.public,
      nearId: 0xffffffff,
      farId: 1,
      oreo: new Uint8Array(24).fill(8),
    },
    boxOf(server.long.secret, client.short.public),
    random,
  );
  const vouchBox = boxOf(client.long.secret, server.long.public);
  const sessionBox = boxOf(client.short.secret, server.short.public);
  const fields = {
    shortPublic: client.short.public,
    oreo: new Uint8Array(24).fill(8),
    longPublic: client.long.public,
    fqdn: "main.example.org",
  };
  const initiate = packInitiate(fields, vouchBox, sessionBox, random);

  const openAsServer = {
    hello: (body: Uint8Array) => openHello(body, (key) => boxOf(server.long.secret, key)),
    initiate: (body: Uint8Array) =>
      openInitiate(
        body,
        boxOf(server.long.secret, client.long.public),
        boxOf(server.short.secret, client.short.public),
      ),
  };
  const openAsClient = (body: Uint8Array) =>
    openCookie(body, boxOf(client.short.secret, server.long.public));

  it("of another size is dropped", () => {
    const opened: [(body: Uint8Array) => object, Uint8Array][] = [
      [openAsServer.hello, hello],
      [openAsClient, cookie],
      [openAsServer.initiate, initiate],
    ];
    for (const [open, body] of opened) {
      assert.equal(reason(open(body)), null);
      assert.equal(reason(open(body.subarray(1))), "bad_handshake");
      assert.equal(reason(open(new Uint8Array(0))), "bad_handshake");
      assert.equal(reason(open(new Uint8Array(body.length + 1))), "bad_handshake");
    }
  });

  it("of a hello says whether its sender is one of ours", () => {
    const box = boxOf(client.short.secret, server.long.public);
    for (const isOurs of [true, false]) {
      const said = { shortPublic: client.short.public, isOurs };
      assert.deepEqual(openAsServer.hello(packHello(said, box, random)), said);
    }
  });

  it("of a cookie says whether its server is one of ours, and no other oreo says so", () => {
    const own = random(OUR_OREO_BYTES);
    const oreo = packOurOreo(own);
    assert.deepEqual([oreo.length, oreo.subarray(0, OUR_OREO_BYTES)], [OREO_BYTES, own]);
    assert.equal(isOurOreo(oreo), true);
    for (let at = OUR_OREO_BYTES; at < OREO_BYTES; at++) {
      assert.equal(isOurOreo(oreo.map((byte, i) => i === at ? byte ^ 1 : byte)), false);
    }
  });

  it("with any bit changed doesn't open", () => {
    const flip = (body: Uint8Array, at: number) =>
      body.map((byte, i) => i === at ? byte ^ 1 : byte);
    for (let at = 0; at < hello.length; at += 3) {
      assert.notEqual(reason(openAsServer.hello(flip(hello, at))), null, `hello ${at}`);
    }
    for (let at = 0; at < cookie.length; at += 3) {
      assert.equal(reason(openAsClient(flip(cookie, at))), "bad_box", `cookie ${at}`);
    }
    for (let at = 56; at < initiate.length; at += 3) {
      assert.equal(reason(openAsServer.initiate(flip(initiate, at))), "bad_box", `initiate ${at}`);
    }
    // c' is in the clear, and vouched for.
    assert.equal(reason(openAsServer.initiate(flip(initiate, 0))), "bad_handshake");
    // The oreo is in the clear too: its bytes come out, for whoever gave it to compare.
    const other = openAsServer.initiate(flip(initiate, 40));
    assert.ok(!(other instanceof Drop) && other.oreo[8] !== 8);
  });

  it("carries ids up to the largest", () => {
    const opened = openAsClient(cookie);
    assert.ok(!(opened instanceof Drop));
    assert.deepEqual([opened.nearId, opened.farId], [0xffffffff, 1]);
  });

  it("whose plain is not the one in its box is dropped", () => {
    const changed = hello.slice();
    changed[0] = 0x31;
    assert.equal(reason(openAsServer.hello(changed)), "bad_handshake");
  });

  it("vouching by another long-term key is dropped", () => {
    const forged = packInitiate(
      fields,
      boxOf(stranger.secret, server.long.public),
      sessionBox,
      random,
    );
    assert.equal(reason(openAsServer.initiate(forged)), "bad_box");
  });

  it("vouching for another short-term key is dropped", () => {
    // The vouch of one session inside the initiate of another: only the clear key differs.
    const other = packInitiate(
      { ...fields, shortPublic: stranger.public },
      vouchBox,
      sessionBox,
      random,
    );
    other.set(fields.shortPublic);
    assert.equal(reason(openAsServer.initiate(other)), "bad_handshake");
  });

  it("cuts a host name that is too long, and survives one that is no text", () => {
    const long = packInitiate({ ...fields, fqdn: "x".repeat(300) }, vouchBox, sessionBox, random);
    const opened = openAsServer.initiate(long);
    assert.equal(!(opened instanceof Drop) && opened.fqdn, "x".repeat(128));
    const cut = packInitiate(
      { ...fields, fqdn: "é".repeat(64) + "é" },
      vouchBox,
      sessionBox,
      random,
    );
    assert.equal(reason(openAsServer.initiate(cut)), null);
    const half = packInitiate(
      { ...fields, fqdn: "x" + "é".repeat(64) },
      vouchBox,
      sessionBox,
      random,
    );
    const broken = openAsServer.initiate(half);
    assert.equal(!(broken instanceof Drop) && broken.fqdn, "");
  });
});
