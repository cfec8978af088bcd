import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatAddress, parseAddress } from "../../src/base/address.ts";

describe("an address that somebody writes", () => {
  it("is read as the system writes it when something comes from there", () => {
    for (
      const [written, read] of [
        ["10.0.0.1:7530", "10.0.0.1:7530"],
        ["Main.example:7530", "Main.example:7530"],
        ["[::1]:7530", "[::1]:7530"],
        ["[0:0:0:0:0:0:0:1]:7530", "[::1]:7530"],
        ["[::0001]:7530", "[::1]:7530"],
        ["[2001:DB8:0:0:1:0:0:1]:1", "[2001:db8::1:0:0:1]:1"],
        ["[0:0:0:0:0:0:0:0]:1", "[::]:1"],
        ["[FE80:0::1%eth0]:1", "[fe80::1%eth0]:1"],
        ["[::ffff:10.0.0.1]:1", "10.0.0.1:1"],
        ["[0:0:0:0:0:ffff:a00:1]:1", "10.0.0.1:1"],
      ]
    ) {
      assert.equal(formatAddress(parseAddress(written)), read);
      assert.deepEqual(parseAddress(read), parseAddress(written));
    }
  });

  it("is refused in a sentence if there can be none such", () => {
    for (const text of ["[1::2::3]:1", "[12345::]:1", "[1:2]:1", "10.0.0.256:1", "host:65536"]) {
      assert.throws(() => parseAddress(text), { code: "usage" }, text);
    }
  });
});
