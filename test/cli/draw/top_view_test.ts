import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Rates } from "../../../src/cli/draw/rates.ts";
import { sparkline } from "../../../src/cli/draw/sparkline.ts";
import { drawTop, type TopLook, TopModel } from "../../../src/cli/draw/top_view.ts";
import { drawLine, textWidth } from "../../../src/cli/text.ts";
import type { EstateView, StatsView } from "../../../src/route/control.ts";

const MANOR = { estate: "alpha", role: "alpha", address: "10.0.0.1:7530", epoch: "e", version: 1 };
const LOOK: TopLook = {
  columns: 80,
  rows: 24,
  order: "messages",
  skip: 0,
  frozen: false,
  ascii: false,
  notice: "",
};

function estate(name: string, messages: number, more: Partial<EstateView> = {}): EstateView {
  return {
    name,
    role: name,
    address: "10.0.0.2:7530",
    state: "allowed",
    alive: true,
    main: false,
    ours: true,
    roundTripMs: 0.42,
    queued: 0,
    messagesSent: messages,
    messagesReceived: 0,
    bytesSent: messages * 1000,
    bytesReceived: 0,
    packetsResent: 0,
    ...more,
  };
}

const stats = (drops = 0): StatsView => (
  {
    estate: "alpha",
    upMs: 65_000,
    road: { bad_signature: drops },
    lane: {},
    router: {},
    socket: {},
    durable: null,
  }
);

describe("rates", () => {
  it("are what a counter grew by in the last second", () => {
    const rates = new Rates();
    for (let at = 0; at <= 3000; at += 250) rates.add(at, [at <= 2000 ? 0 : at - 2000]);
    assert.deepEqual(rates.perSecond, [1000]);
    assert.deepEqual(rates.history, [0, 0, 1000]);
  });

  it("begin anew when counters do", () => {
    const rates = new Rates();
    rates.add(0, [500]);
    rates.add(1000, [3]);
    assert.deepEqual(rates.perSecond, [0]);
    rates.add(2000, [5]);
    assert.deepEqual(rates.perSecond, [2]);
  });

  it("are remembered for a minute", () => {
    const rates = new Rates();
    for (let second = 0; second < 100; second++) rates.add(second * 1000, [second]);
    assert.equal(rates.history.length, 60);
  });
});

describe("a sparkline", () => {
  it("stands right, and shows anything at all as more than nothing", () => {
    assert.equal(sparkline([0, 1, 50, 100], 6, 100), "  ▁▂▅█");
    assert.equal(sparkline([1, 2, 3], 2, 3), "▆█");
    assert.match(sparkline([0, 1, 2], 3, 2, true), /^[ -~]{3}$/);
  });
});

describe("the screen of top", () => {
  const draw = (model: TopModel, look: Partial<TopLook> = {}) =>
    drawTop(model, MANOR, 0, { ...LOOK, ...look }).map((line) => drawLine(line, false));

  it("shows states, rates, resends and queues, the busiest first", () => {
    const model = new TopModel();
    model.add(0, [estate("beta", 0), estate("gamma", 0)], stats());
    model.add(1000, [
      estate("beta", 5),
      estate("gamma", 50, { alive: false, queued: 3, packetsResent: 7, roundTripMs: null }),
    ], stats(4));
    const rows = draw(model);
    assert.match(rows[0], /^raet top {2}alpha at 10\.0\.0\.1:7530, up 1 min +\d\d:\d\d:\d\d$/);
    assert.match(rows[1], /^ {5}55 messages\/s {5}55 kB\/s out/);
    assert.match(rows[2], /^ {4}7\.0 resent\/s {9}4\.0 dropped\/s/);
    assert.match(rows[5], /^gamma +silent +- +50 +█ +50 kB +0 B +7 +3$/);
    assert.match(rows[6], /^beta +alive +0\.4 ms +5\.0 +█ +5000 B +0 B +0 +0$/);
    assert.match(rows.at(-1)!, /^q quits/);
  });

  it("has as many rows as the terminal, none wider, at any size", () => {
    const model = new TopModel();
    const many = Array.from({ length: 100 }, (_, i) => estate(`日本-${i}-${"x".repeat(60)}`, i));
    model.add(0, many, stats());
    for (const [columns, rows] of [[80, 24], [120, 40], [200, 10]]) {
      const lines = draw(model, { columns, rows });
      assert.equal(lines.length, rows);
      assert.ok(Math.max(...lines.map(textWidth)) <= columns, `${columns}`);
    }
    assert.match(draw(model, { order: "name" }).at(-1)!, /1 to 18 of 100$/);
    assert.match(draw(model, { skip: 1000 }).at(-1)!, /83 to 100 of 100$/);
  });

  it("orders by what is asked for", () => {
    const model = new TopModel();
    model.add(0, [estate("b", 0, { queued: 1 }), estate("a", 0, { roundTripMs: 9 })], stats());
    const first = (order: TopLook["order"]) => draw(model, { order })[5][0];
    assert.deepEqual((["name", "queued", "rtt"] as const).map(first), ["a", "b", "a"]);
  });

  it("obeys nothing that a peer is called", () => {
    const model = new TopModel();
    model.add(0, [estate("\x1b[2J\x9b", 0)], stats());
    assert.doesNotMatch(draw(model).join(""), /[\x1b\x9b]/);
  });

  it("says that nobody is known, and why nothing is new", () => {
    assert.match(draw(new TopModel()).join("\n"), /no other estate is known yet/);
    assert.equal(
      draw(new TopModel(), { notice: "the manor went away" }).at(-1),
      "the manor went away",
    );
  });
});
