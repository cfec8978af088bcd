import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { REQUESTS_OPEN_MAX, REQUESTS_OPEN_PER_ESTATE_MAX } from "../../src/base/limits.ts";
import { makeEnvelope } from "../../src/route/envelope.ts";
import { Gate } from "../../src/route/gate.ts";
import { OpenRequests } from "../../src/route/open_requests.ts";
import { formatRule, Policy, type PolicyRule, type PolicySubject } from "../../src/route/policy.ts";
import { RouterRig } from "../support/router_rig.ts";

const FROM_ROAD: PolicySubject = {
  direction: "in",
  from: { role: "minion", estate: "web1", yard: "" },
  to: { role: "main", estate: "alpha", yard: "manor", share: "events" },
  type: "event",
};

function decide(rules: PolicyRule[], more: Partial<PolicySubject> = {}): [boolean, number] {
  const { allowed, rule } = new Policy(rules).decide({ ...FROM_ROAD, ...more });
  return [allowed, rule];
}

/** Minions may send events to the share `events` of the manor, and nothing else comes in. */
const SALTY: PolicyRule[] = [
  {
    name: "events",
    action: "allow",
    directions: ["in"],
    from: { role: ["minion*"] },
    to: { yard: ["manor"], share: ["events"] },
    type: ["event"],
  },
  { name: "nothing else", action: "deny", directions: ["in"] },
];

describe("the rules of a policy", () => {
  it("let everything pass where none matches", () => {
    assert.deepEqual(decide([]), [true, 0]);
    assert.deepEqual(decide([{ action: "deny", directions: ["out"] }]), [true, 0]);
  });

  it("are tried in their order, and the first that matches decides", () => {
    const allow: PolicyRule = { action: "allow", directions: ["in"], type: ["event"] };
    const deny: PolicyRule = { action: "deny", directions: ["in"] };
    assert.deepEqual(decide([allow, deny]), [true, 1]);
    assert.deepEqual(decide([allow, deny], { type: "cmd" }), [false, 2]);
    assert.deepEqual(decide([deny, allow]), [false, 1]);
  });

  it("match only if each part that they name fits, by one of its globs", () => {
    const cases: [Partial<PolicyRule>, boolean][] = [
      [{ from: { role: ["minion"] } }, true],
      [{ from: { role: ["master"] } }, false],
      [{ from: { estate: ["db*", "web?"] } }, true],
      [{ from: { estate: ["web"] } }, false],
      [{ to: { yard: ["manor"] } }, true],
      [{ to: { yard: ["w*"] } }, false],
      [{ to: { share: ["events"], yard: ["x"] } }, false],
      [{ to: { role: ["main"], estate: ["alpha"] } }, true],
      [{ type: ["ev*"] }, true],
      [{ type: [""] }, false],
    ];
    for (const [parts, matches] of cases) {
      const rule: PolicyRule = { action: "deny", directions: ["in"], ...parts };
      assert.equal(decide([rule])[0], !matches, formatRule(rule));
    }
  });

  it("know a message without a type by an empty one", () => {
    const rule: PolicyRule = { action: "deny", directions: ["in"], type: [""] };
    assert.deepEqual(decide([rule], { type: "" }), [false, 1]);
    const any: PolicyRule = { action: "deny", directions: ["in"], type: ["*"] };
    assert.deepEqual(decide([any], { type: "" }), [false, 1]);
  });

  it("are refused if they trust what a message from the road says of its yard", () => {
    const rule: PolicyRule = { action: "allow", directions: ["in"], from: { yard: ["w"] } };
    assert.throws(
      () => new Policy([{ action: "deny", directions: ["out"] }, rule]),
      (error) => error instanceof RaetError && /^rule 2: a yard of another/.test(error.message),
    );
  });

  it("read the same only where they are the same", () => {
    const deny = { action: "deny", directions: ["in"] } as const;
    const pairs: [PolicyRule[], PolicyRule[]][] = [
      [[{ ...deny, type: ["cmd,event"] }], [{ ...deny, type: ["cmd", "event"] }]],
      [[{ ...deny, type: ["cmd; deny out"] }], [{ ...deny, type: ["cmd"] }, {
        ...deny,
        directions: ["out"],
      }]],
      [[{ ...deny, to: { share: ["fun type=cmd"] } }], [{
        ...deny,
        to: { share: ["fun"] },
        type: ["cmd"],
      }]],
      [[{ ...deny, type: ['""'] }], [{ ...deny, type: [""] }]],
      [[{ ...deny, name: 'a": deny in; "b' }], [{ ...deny, name: "a" }, { ...deny, name: "b" }]],
    ];
    for (const [one, other] of pairs) {
      assert.notEqual(String(new Policy(one)), String(new Policy(other)));
    }
    assert.equal(String(new Policy([{ ...deny, type: ["cmd*", "é?"] }])), "deny in type=cmd*,é?");
  });

  it("count what each of them decided", () => {
    const policy = new Policy(SALTY);
    policy.decide(FROM_ROAD);
    policy.decide(FROM_ROAD);
    policy.decide({ ...FROM_ROAD, type: "cmd" });
    policy.decide({ ...FROM_ROAD, direction: "out" });
    assert.deepEqual(policy.hits, [1, 2, 1]);
  });
});

/** A router of alpha with rules; beta bears the role minion, gamma the role master. */
function rigWith(rules: PolicyRule[], silent: string[] = []): { rig: RouterRig; gate: Gate } {
  const roles: Record<string, string> = { beta: "minion", gamma: "master" };
  const roleOf = (estate: string) => roles[estate] ?? "";
  const gate = new Gate({ estate: "alpha", role: "main", roleOf });
  gate.enforce(new Policy(rules));
  for (const yard of silent) gate.setSilent(yard, true);
  const rig = new RouterRig(undefined, gate);
  for (const share of ["events", "fun"]) {
    rig.router.attach("worker", rig.now);
    rig.router.claim(share, "worker", false, rig.now);
  }
  return { rig, gate };
}

/** What an estate was told of its messages, as `number code`, and the words of it. */
function toldOverRoad(rig: RouterRig, estate: string): { codes: string[]; words: string } {
  const codes: string[] = [];
  let words = "";
  // One receipt is under way at a time: the next leaves when the road has sent it.
  for (let sent = rig.takeRoad(); sent.length > 0; sent = rig.takeRoad()) {
    for (const { to, handle, envelope } of sent) {
      rig.router.roadSent(handle, { status: "acknowledged" }, rig.now);
      if (to !== estate) continue;
      const { result } = envelope;
      words += JSON.stringify(result);
      const code = result?.status === "failed" ? result.code : result?.status;
      for (const id of envelope.answers) codes.push(`${parseInt(id, 16)} ${code}`);
    }
    rig.router.flush(rig.now);
  }
  return { codes, words };
}

describe("a router with rules", () => {
  it("takes on what they allow, and denies the rest to whoever sent it without naming the rule", () => {
    const { rig } = rigWith(SALTY);
    rig.ready("beta", "e1");
    rig.receive("beta", "alpha//events", 1, { type: "event" });
    assert.equal(rig.takeLane().length, 1, "the event is given to the worker");
    rig.receive("beta", "alpha//events", 2, { type: "cmd" });
    rig.receive("beta", "alpha//fun", 3, { type: "event" });
    rig.receive("beta", "alpha/worker/events", 4, { type: "event" });
    rig.receive("beta", "alpha//", 5, { type: "event" });
    assert.equal(rig.lane.length, 0);
    const { codes, words } = toldOverRoad(rig, "beta");
    assert.deepEqual(codes, ["2 denied", "3 denied", "4 denied", "5 denied"]);
    assert.doesNotMatch(words, /nothing else|rule 2/);
    assert.equal(rig.router.counters.get("denied_by_rule"), 4);
    assert.deepEqual(rig.drops.map(({ from, detail }) => `${from}: ${detail}`), [
      ...new Array(4).fill("estate beta: rule 2 (nothing else)"),
    ]);
  });

  it("goes by the role that an estate is known to bear, whatever the message says", () => {
    const { rig } = rigWith(SALTY);
    rig.ready("gamma", "e1");
    rig.receive("gamma", "alpha//events", 1, { type: "event", payload: { role: "minion" } });
    assert.deepEqual(toldOverRoad(rig, "gamma").codes, ["1 denied"]);
  });

  it("holds back what goes out, and what goes from yard to yard", () => {
    const { rig } = rigWith([
      { action: "deny", directions: ["out"], to: { role: ["minion"] }, type: ["cmd"] },
      { action: "deny", directions: ["local"], from: { yard: ["b"] }, to: { share: ["fun"] } },
    ]);
    for (const yard of ["a", "b"]) rig.router.attach(yard, rig.now);
    for (const estate of ["beta", "gamma"]) rig.ready(estate, "e1");
    rig.send("a", "beta//jobs", 1, { type: "cmd" });
    rig.send("a", "gamma//jobs", 2, { type: "cmd" });
    rig.send("a", "beta//jobs", 3);
    assert.deepEqual(rig.takeRoad().map(({ to }) => to), ["gamma", "beta"]);
    assert.deepEqual(rig.told("a"), ["1 denied"]);
    rig.send("a", "//fun", 4);
    assert.deepEqual(rig.takeLane().map(({ to }) => to), ["worker"]);
    rig.send("b", "alpha//fun", 5);
    assert.deepEqual(rig.told("b"), ["5 denied"]);
  });

  it("lets an answer come back to who was let ask, and to nobody else", () => {
    const { rig } = rigWith([{ action: "deny", directions: ["in"] }]);
    for (const yard of ["a", "b"]) rig.router.attach(yard, rig.now);
    for (const estate of ["beta", "gamma"]) rig.ready(estate, "e1");
    const job = rig.id(77);
    rig.send("a", "beta//fun", 1, { job });
    rig.takeRoad();
    const reply = { status: "answered" } as const;
    rig.receive("gamma", "alpha/a/", 2, { job, reply });
    rig.receive("beta", "alpha/b/", 3, { job, reply });
    rig.receive("beta", "alpha/a/", 4, { job: rig.id(78), reply });
    rig.receive("beta", "alpha/a/", 5, { job });
    assert.deepEqual(rig.takeLane().length, 0, "none of these answers what was asked");
    rig.receive("beta", "alpha/a/", 6, { job, reply });
    assert.deepEqual(rig.takeLane().map(({ to }) => to), ["a"]);
    rig.now += 5001;
    rig.receive("beta", "alpha/a/", 7, { job, reply });
    assert.deepEqual(rig.takeLane().length, 0, "its time is over");
  });

  it("passes receipts, which only settle what was sent", () => {
    const { rig } = rigWith([{ action: "deny", directions: ["in"] }]);
    rig.router.attach("a", rig.now);
    rig.ready("beta", "e1");
    rig.send("a", "beta//jobs", 1);
    rig.router.roadSent(rig.takeRoad()[0].handle, { status: "acknowledged" }, rig.now);
    rig.receipt("beta", [rig.id(1)], { status: "delivered" });
    assert.deepEqual(rig.told("a"), ["1 delivered"]);
  });

  it("never lets the road reach a control, whatever the rules allow", () => {
    const { rig } = rigWith([{ action: "allow", directions: ["in", "out", "local"] }]);
    rig.ready("beta", "e1");
    rig.receive("beta", "alpha//.control", 1);
    assert.deepEqual(rig.calls, []);
    assert.deepEqual(toldOverRoad(rig, "beta").codes, ["1 denied"]);
  });

  it("changes them at once", () => {
    const { rig, gate } = rigWith(SALTY);
    rig.ready("beta", "e1");
    rig.receive("beta", "alpha//fun", 1);
    assert.equal(rig.takeLane().length, 0);
    gate.enforce(null);
    rig.receive("beta", "alpha//fun", 2);
    assert.equal(rig.takeLane().length, 1);
  });

  it("takes nothing on from a yard that may not send, but its receipts", () => {
    const { rig, gate } = rigWith([], ["op-1"]);
    rig.router.attach("op-1", rig.now);
    rig.send("op-1", "//events", 1);
    assert.deepEqual(rig.told("op-1"), ["1 denied"]);
    rig.send("worker", "/op-1/", 2);
    assert.equal(rig.takeLane().filter(({ to }) => to === "op-1").length, 1);
    rig.acknowledge("op-1", rig.id(2));
    assert.deepEqual(rig.told("worker"), ["2 delivered"]);
    gate.setSilent("op-1", false);
    rig.send("op-1", "//events", 3);
    assert.equal(rig.takeLane().length, 1);
  });
});

describe("what waits for answers", () => {
  it("of this host is not pushed out by a far estate that asks very much", () => {
    const gate = new Gate({ estate: "alpha", role: "main", roleOf: () => "" });
    gate.enforce(new Policy([{ action: "deny", directions: ["in"], to: { yard: ["a"] } }]));
    const far = { estate: "beta", yard: "x", share: "" };
    const ours = { estate: "", yard: "a", share: "" };
    gate.denial(makeEnvelope({ source: ours, destination: far, job: "ours" }), yard("a"), 0);
    for (let n = 0; n < REQUESTS_OPEN_MAX; n++) {
      const asked = { source: far, destination: { ...ours, yard: "worker" }, job: `${n}` };
      assert.equal(gate.denial(makeEnvelope(asked), beta, 0), null);
    }
    const reply = { status: "answered" } as const;
    const answer = { source: far, destination: ours, job: "ours", reply };
    assert.equal(gate.denial(makeEnvelope(answer), beta, 0), null);
  });

  it("of one far estate is not pushed out by another that asks very much, nor by several", () => {
    const requests = new OpenRequests(REQUESTS_OPEN_PER_ESTATE_MAX);
    const from = (estate: string) => ({ estate, yard: "x", share: "" });
    const ours = { estate: "", yard: "worker", share: "" };
    const ask = (estate: string, job: string) =>
      requests.note(makeEnvelope({ source: from(estate), destination: ours, job }), "alpha", 9, 0);
    const awaits = (estate: string, job: string) => {
      const reply = { status: "answered" } as const;
      const answer = { source: ours, destination: from(estate), job, reply };
      return requests.awaits(makeEnvelope(answer), "alpha", 0);
    };
    ask("gamma", "first");
    for (let n = 0; n <= REQUESTS_OPEN_PER_ESTATE_MAX; n++) ask("beta", `${n}`);
    assert.equal(requests.size, REQUESTS_OPEN_PER_ESTATE_MAX + 1);
    assert.deepEqual([awaits("beta", "0"), awaits("beta", "1"), awaits("gamma", "first")], [
      false,
      true,
      true,
    ]);
    for (let n = 0; n < 2 * REQUESTS_OPEN_MAX; n++) ask(`b${n % 5}`, `${n}`);
    assert.ok(requests.size <= REQUESTS_OPEN_MAX, `${requests.size}`);
    assert.ok(awaits("gamma", "first"));
  });

  it("is not pushed out by others whose time is over, however long it may take itself", () => {
    const requests = new OpenRequests(REQUESTS_OPEN_MAX);
    const ours = { estate: "", yard: "a", share: "" };
    const far = { estate: "beta", yard: "", share: "" };
    const ask = (job: string, until: number, now: number) =>
      requests.note(makeEnvelope({ source: ours, destination: far, job }), "alpha", until, now);
    const isAwaited = (job: string, now: number) => {
      const reply = { status: "answered" } as const;
      const answer = { source: far, destination: ours, job, reply };
      return requests.awaits(makeEnvelope(answer), "alpha", now);
    };
    ask("long", 3_600_000, 0);
    for (let now = 1; now <= REQUESTS_OPEN_MAX + 10; now++) ask(`short ${now}`, now + 30, now);
    assert.ok(isAwaited("long", REQUESTS_OPEN_MAX + 10));
    assert.ok(isAwaited(`short ${REQUESTS_OPEN_MAX}`, REQUESTS_OPEN_MAX + 10));
    assert.ok(requests.size <= REQUESTS_OPEN_MAX, `${requests.size}`);
  });

  it("stays within its bound, and goes by its time", () => {
    const requests = new OpenRequests(REQUESTS_OPEN_MAX);
    const source = { estate: "", yard: "a", share: "" };
    for (let n = 0; n < REQUESTS_OPEN_MAX + 10; n++) {
      requests.note(makeEnvelope({ source, job: `${n}` }), "alpha", 1000, 0);
    }
    assert.equal(requests.size, REQUESTS_OPEN_MAX);
    requests.note(makeEnvelope({ source, job: "last" }), "alpha", 3000, 2000);
    assert.equal(requests.size, 1);
  });
});

const beta = { kind: "estate", name: "beta" } as const;

function yard(name: string) {
  return { kind: "yard", name } as const;
}
