import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { prometheusText, type Snapshot } from "../../src/manor/metrics.ts";
import { faultOf } from "../../src/manor/health.ts";
import type { EstateView } from "../../src/route/control.ts";

const BETA: EstateView = {
  name: "beta",
  role: "beta",
  address: "10.0.0.2:7530",
  state: "allowed",
  alive: true,
  main: true,
  ours: true,
  roundTripMs: 12.5,
  queued: 3,
  messagesSent: 10,
  messagesReceived: 4,
  bytesSent: 1000,
  bytesReceived: 500,
  packetsResent: 1,
};

const SNAPSHOT: Snapshot = {
  version: "1.2.3",
  stats: {
    estate: "alpha",
    upMs: 1500,
    road: { bad_signature: 2 },
    lane: { pages_sent: 9 },
    router: { delivered: 7, no_share: 1, false_source: 1, observer_missed: 1 },
    socket: { datagrams_sent: 5, "send_failed NetworkUnreachable": 2 },
    durable: { out: { messages: 3, bytes: 400 }, in: { messages: 0, bytes: 0 } },
  },
  estates: [BETA, { ...BETA, name: "", state: "joining" }],
  yards: [{ name: "p1", ours: true, pid: 1, program: "raet", queued: 2 }],
  shares: [{ name: "jobs", claimants: ["p1"], observers: [], held: 5, declared: true }],
};

describe("the metrics", () => {
  it("are lines of the text exposition format, each family once under its HELP and TYPE", () => {
    const lines = prometheusText(SNAPSHOT).split("\n");
    assert.equal(lines.pop(), "", "the last line ends");
    const seen = new Set<string>();
    let family = "";
    for (const line of lines) {
      const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) \S/.exec(line);
      if (comment?.[1] === "HELP") {
        assert.ok(!seen.has(comment[2]), `${comment[2]} comes twice`);
        seen.add(family = comment[2]);
      } else if (comment) {
        assert.equal(comment[2], family);
        assert.match(line, / (counter|gauge)$/);
      } else {
        const sample =
          /^([a-zA-Z_:][\w:]*)(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? [\d.e+-]+$/;
        assert.equal(sample.exec(line)?.[1], family, line);
      }
    }
  });

  it("have every count: drops and outcomes by label, the rest by name", () => {
    const text = prometheusText(SNAPSHOT);
    for (
      const line of [
        'raet_info{estate="alpha",version="1.2.3"} 1',
        "raet_up_seconds 1.5",
        'raet_drops_total{part="road",reason="bad_signature"} 2',
        'raet_drops_total{part="router",reason="false_source"} 1',
        'raet_outcomes_total{outcome="delivered"} 7',
        'raet_outcomes_total{outcome="no_share"} 1',
        "raet_router_observer_missed_total 1",
        "raet_lane_pages_sent_total 9",
        'raet_socket_send_failed_total{error="NetworkUnreachable"} 2',
        'raet_estates{state="joining"} 1',
        'raet_estate_round_trip_seconds{estate="beta"} 0.0125',
        'raet_estate_messages_sent_total{estate="beta"} 10',
        'raet_share_held_messages{share="jobs"} 5',
        'raet_durable_messages{side="out"} 3',
        "raet_yards_queued_messages 2",
      ]
    ) assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`);
  });

  it("escape what a peer may call itself", () => {
    const estates = [{ ...BETA, name: 'b"a\\c\nk' }];
    const text = prometheusText({ ...SNAPSHOT, estates });
    assert.ok(text.includes('raet_estate_alive{estate="b\\"a\\\\c\\nk"} 1\n'), text);
  });
});

describe("the health", () => {
  const well = { closing: false, join: [], estates: [], fault: null };
  const join = [{ host: "alpha.example", port: 7530 }];

  it("is good for an estate that joins nobody", () => {
    assert.equal(faultOf(well), null);
  });

  it("is bad while a main that it was told to join can't be reached", () => {
    assert.match(faultOf({ ...well, join })!, /told to join alpha.example:7530\): none was joined/);
    const pending = { ...BETA, state: "pending", alive: false } as const;
    assert.match(faultOf({ ...well, join, estates: [pending] })!, /beta is pending and not alive/);
    assert.equal(faultOf({ ...well, join, estates: [BETA] }), null);
  });

  it("is bad for a while after a fault of a socket, and while it stops", () => {
    const fault = { what: "the road has a fault: EMFILE", agoMs: 2000 };
    assert.equal(faultOf({ ...well, fault }), "the road has a fault: EMFILE, 2 s ago");
    assert.equal(faultOf({ ...well, fault: { ...fault, agoMs: 60_000 } }), null);
    assert.equal(faultOf({ ...well, closing: true }), "the manor is stopping");
  });
});
