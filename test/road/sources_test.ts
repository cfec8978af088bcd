import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { networkOf } from "../../src/base/address.ts";
import { SOURCE_BURST, SOURCE_PER_SECOND, SOURCES_MAX } from "../../src/base/limits.ts";
import { Sources } from "../../src/road/sources.ts";
import { forgeRequest } from "../support/forge.ts";
import { areReady, joined } from "../support/road_pair.ts";

describe("a network", () => {
  it("is an IPv4 address, or the first half of an IPv6 one, however it is written", () => {
    const cases: [string, string][] = [
      ["10.1.2.3", "10.1.2.3"],
      ["::ffff:10.1.2.3", "10.1.2.3"],
      ["127.0.0.9", "loopback"],
      ["::1", "loopback"],
      ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
      ["2001:DB8:0001:2::9", "2001:db8:1:2::/64"],
      ["2001:db8::9", "2001:db8:0:0::/64"],
      ["fe80::1%eth0", "fe80:0:0:0::/64"],
      ["::", "0:0:0:0::/64"],
      ["1::2:3:4:5:6:7", "1:0:2:3::/64"],
      ["::2:3:4:5:6:7", "0:0:2:3::/64"],
      ["alpha", "alpha"],
    ];
    for (const [host, network] of cases) assert.equal(networkOf(host), network, host);
  });

  it("is the same for any two addresses with the same first 64 bits, and for no others", () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const half = fc.array(group, { minLength: 4, maxLength: 4 });
    const text = (groups: number[]) => groups.map((one) => one.toString(16)).join(":");
    fc.assert(fc.property(half, half, half, (a, b, c) => {
      const one = networkOf(text([...a, ...c]));
      fc.pre(!(a.every((n) => n === 0)));
      assert.equal(one, networkOf(text([...a, ...b])));
      assert.equal(one === networkOf(text([...b, ...c])), text(a) === text(b));
    }));
  });
});

describe("unsigned packets", () => {
  it("of one source are a burst and so many a second, whatever others send and whenever", () => {
    const step = fc.record({
      source: fc.integer({ min: 0, max: 5 }),
      waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })),
      count: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const sources = new Sources();
      const taken = new Map<number, number>();
      let now = 0;
      for (const { source, waitMs, count } of steps) {
        now += waitMs;
        for (let i = 0; i < count; i++) {
          if (!sources.take(`10.0.0.${source}`, now)) continue;
          taken.set(source, (taken.get(source) ?? 0) + 1);
        }
        assert.ok((taken.get(source) ?? 0) <= SOURCE_BURST + now * SOURCE_PER_SECOND / 1000);
      }
      // Whoever rested has the whole burst again.
      now += 1000 * SOURCE_BURST / SOURCE_PER_SECOND;
      for (let i = 0; i < SOURCE_BURST; i++) assert.ok(sources.take("10.0.0.0", now));
      assert.equal(sources.take("10.0.0.0", now), false);
    }));
  });

  it("of any number of sources are counted in a table that stays as it is", () => {
    const sources = new Sources();
    for (let i = 0; i < 2 * SOURCES_MAX; i++) {
      sources.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 0);
    }
    assert.equal(sources.size, SOURCES_MAX);
  });

  it("past that are dropped, and another source's are not", () => {
    const [world, alpha, beta] = joined();
    for (let n = 0; n < 200; n++) {
      const from = { host: `2001:db8::${n.toString(16)}`, port: n };
      world.inject(forgeRequest(`x${n}`, n), from, alpha.address);
    }
    assert.equal(alpha.up.counters.get("source_limit"), 200 - SOURCE_BURST);
    const gamma = world.add("gamma");
    gamma.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, gamma), 100));
    assert.ok(areReady(alpha, beta));
  });
});
