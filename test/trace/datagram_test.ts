import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex, utf8 } from "../../src/base/bytes.ts";
import { datagramStart } from "../../src/trace/datagram.ts";

describe("the headers in front of a packet", () => {
  it("are those of IPv4 and UDP, with the length of the whole packet", () => {
    const { data, originalBytes } = datagramStart(
      "10.1.2.3:7530",
      "192.168.0.9:65535",
      utf8("head"),
      300,
    );
    assert.equal(originalBytes, 20 + 8 + 300);
    assert.equal(
      toHex(data),
      // Version, length, no fragments, UDP and its checksum; addresses; ports and length; the payload.
      "45000148000040004011" + "6cf0" + "0a010203" + "c0a80009" + "1d6affff01340000" +
        toHex(utf8("head")),
    );
    let sum = 0;
    for (let i = 0; i < 20; i += 2) sum += data[i] << 8 | data[i + 1];
    assert.equal((sum & 0xffff) + (sum >>> 16), 0xffff, "the header's own check");
  });

  it("are those of IPv6 however an address is written", () => {
    for (
      const [host, hex] of [
        ["::1", "00000000000000000000000000000001"],
        ["::", "00000000000000000000000000000000"],
        ["fe80::1:2%eth0", "fe800000000000000000000000010002"],
        ["2001:db8:1:2:3:4:5:6", "20010db8000100020003000400050006"],
        ["2001:db8::", "20010db8000000000000000000000000"],
        ["::ffff:10.1.2.3", "00000000000000000000ffff0a010203"],
      ]
    ) {
      const { data, originalBytes } = datagramStart(`[${host}]:1`, "[::2]:2", utf8(""), 10);
      assert.equal(originalBytes, 40 + 8 + 10);
      assert.equal(toHex(data.subarray(0, 8)), "6000000000121140");
      assert.equal(toHex(data.subarray(8, 24)), hex, host);
    }
  });

  it("take the other's version where a socket listens on every address", () => {
    const [v4, v6] = ["10.0.0.1:1", "[fe80::1]:1"];
    const version = (from: string, to: string) => datagramStart(from, to, utf8(""), 0).data[0] >> 4;
    assert.equal(version("0.0.0.0:7530", v4), 4);
    assert.equal(version("[::]:7530", v4), 4);
    assert.equal(version(v4, "[::]:7530"), 4);
    assert.equal(version("[::]:7530", v6), 6);
    assert.equal(version(v4, v6), 6);
  });
});
