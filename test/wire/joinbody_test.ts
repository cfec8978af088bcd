import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex } from "../../src/base/bytes.ts";
import { Drop } from "../../src/base/drop.ts";
import type { Body } from "../../src/base/value.ts";
import { packBody, unpackBody } from "../../src/wire/body.ts";
import {
  makeJoinRequest,
  makeJoinResponse,
  readJoinRequest,
  readJoinResponse,
} from "../../src/wire/joinbody.ts";
import { BodyKind } from "../../src/wire/kinds.ts";
import { parsePacket } from "../../src/wire/packet.ts";
import { bytes, readRoad, ROAD_RECORDINGS } from "../support/recordings.ts";

const good: Body = {
  name: "other",
  mode: 0,
  kind: 0,
  verhex: "d1".repeat(32),
  pubhex: "8f".repeat(32),
  role: "other",
};

describe("every recorded join body", () => {
  for (const name of ROAD_RECORDINGS) {
    it(`of ${name} is read, and written to the same bytes`, () => {
      let joins = 0;
      for (const { hex } of readRoad(name).datagrams) {
        const packet = parsePacket(bytes(hex));
        assert.ok(!(packet instanceof Drop));
        if (packet.head.transactionKind !== 1 || packet.coat.length === 0) continue;
        const body = unpackBody(packet.head.bodyKind, packet.coat);
        assert.ok(!(body instanceof Drop));
        let again: Body;
        if ("uid" in body) {
          const response = readJoinResponse(body);
          assert.ok(!(response instanceof Drop), JSON.stringify(response));
          again = makeJoinResponse(response);
        } else {
          const request = readJoinRequest(body);
          assert.ok(!(request instanceof Drop), JSON.stringify(request));
          again = makeJoinRequest(request);
        }
        assert.equal(toHex(packBody(packet.head.bodyKind, again)), toHex(packet.coat));
        joins++;
      }
      assert.ok(joins > 0);
    });
  }
});

describe("a join body", () => {
  it("says who joins, with keys as bytes", () => {
    const request = readJoinRequest({ ...good, mode: 1, kind: 255, role: "r" });
    assert.deepEqual(request, {
      name: "other",
      role: "r",
      main: true,
      kind: 255,
      verifyKey: new Uint8Array(32).fill(0xd1),
      boxKey: new Uint8Array(32).fill(0x8f),
      extra: {},
    });
  });

  it("is main by the lowest bit of its mode", () => {
    const isMain = (mode: number) => {
      const request = readJoinRequest({ ...good, mode });
      return !(request instanceof Drop) && request.main;
    };
    assert.deepEqual([0, 1, 2, 3, 254, 255].map(isMain), [false, true, false, true, false, true]);
  });

  it("keeps what it doesn't know, and writes it after the rest", () => {
    const request = readJoinRequest({ raet: { v: 1 }, ...good, later: [1] });
    assert.ok(!(request instanceof Drop));
    assert.deepEqual(request.extra, { raet: { v: 1 }, later: [1] });
    const keys = Object.keys(makeJoinRequest(request));
    assert.deepEqual(keys, ["name", "mode", "kind", "verhex", "pubhex", "role", "raet", "later"]);
  });

  it("takes a uid as unknown in a request and needs it in a response", () => {
    const request = readJoinRequest({ ...good, uid: 0 });
    assert.ok(!(request instanceof Drop));
    assert.deepEqual(request.extra, { uid: 0 });
    const response = readJoinResponse({ ...good, uid: 0xffffffff });
    assert.equal(!(response instanceof Drop) && response.uid, 0xffffffff);
    for (const uid of [0, -1, 1.5, 0x100000000, "1", null, true]) {
      assert.ok(readJoinResponse({ ...good, uid }) instanceof Drop, JSON.stringify(uid));
    }
    assert.ok(readJoinResponse(good) instanceof Drop);
  });

  it("is dropped if a field is missing", () => {
    for (const key of Object.keys(good)) {
      const { [key]: _, ...rest } = good;
      const request = readJoinRequest(rest);
      assert.equal(request instanceof Drop && request.reason, "bad_join", key);
    }
    assert.ok(readJoinRequest({}) instanceof Drop);
  });

  it("is dropped if a field is of the wrong form", () => {
    const names = ["", "a b", "a/b", "../../evil", "a\nb", "n".repeat(201), 5, null, ["a"], {}];
    const keys = ["abcd", "z".repeat(64), "D1".repeat(32), "a".repeat(32), "a".repeat(65), 7, null];
    const wrong: Record<string, Body["x"][]> = {
      name: names,
      role: names,
      mode: [256, -1, 0.5, true, "0", null],
      kind: [256, -1, 0.5, true, "minion", null],
      verhex: keys,
      pubhex: [...keys, "a".repeat(64) + "\n", new Uint8Array(32)],
    };
    for (const [key, values] of Object.entries(wrong)) {
      for (const value of values) {
        const request = readJoinRequest({ ...good, [key]: value });
        assert.equal(request instanceof Drop && request.reason, "bad_join", `${key} ${value}`);
      }
    }
  });

  it("takes a name of up to 200 characters of any script", () => {
    for (const name of ["n".repeat(200), "é世界", "a.b-c_d", "-x", ".x", "A"]) {
      assert.ok(!(readJoinRequest({ ...good, name, role: name }) instanceof Drop), name);
    }
  });

  it("finds its fields in itself, not in what it inherits", () => {
    const empty = Object.create(good) as Body;
    assert.ok(readJoinRequest(empty) instanceof Drop);
  });

  it("travels in msgpack as well", () => {
    const packed = packBody(BodyKind.msgpack, good);
    const body = unpackBody(BodyKind.msgpack, packed);
    assert.ok(!(body instanceof Drop) && !(readJoinRequest(body) instanceof Drop));
  });
});
