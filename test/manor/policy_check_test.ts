import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { askPolicy, type PolicyHome } from "../../src/manor/policy_check.ts";
import { Gate } from "../../src/route/gate.ts";
import { Policy, type PolicyRule } from "../../src/route/policy.ts";
import { RouterRig } from "../support/router_rig.ts";

const ROLES: Record<string, string> = { beta: "minion", gamma: "master" };
const SOURCES = ["", "alpha//", "alpha/w1/", "alpha/w2/x", "beta", "beta/w1/inbox", "gamma/w9/"];
const DESTINATIONS = [
  "//",
  "//jobs",
  "/manor/jobs",
  "alpha//.control",
  "/manor/.control",
  "//.hidden",
  "/w2/",
  "alpha/w2/jobs",
  "/w2/.own",
  "beta//",
  "beta/w1/jobs",
  "gamma//.control",
];
const TYPES = ["", "cmd", "event"];
const RULES: PolicyRule[][] = [
  [],
  [{ action: "deny", directions: ["in"], from: { role: ["minion"] }, type: ["cmd"] }],
  [{ action: "deny", directions: ["out", "local"], from: { yard: ["w1"] } }],
  [{ action: "deny", directions: ["out"], to: { role: ["master"] } }],
  [
    { action: "allow", directions: ["in"], to: { yard: ["manor"], share: ["jobs", "inbox"] } },
    { action: "allow", directions: ["local"], from: { yard: ["w?"] }, to: { share: ["inbox"] } },
    { action: "deny", directions: ["in", "out", "local"] },
  ],
  [{ action: "deny", directions: ["local"], from: { estate: ["alpha"], role: ["main"] } }],
];

/** Whether a router with these rules lets a message through. */
function passes(rules: PolicyRule[], from: string, to: string, type: string): boolean {
  const place = { estate: "alpha", role: "main", roleOf: (name: string) => ROLES[name] ?? "" };
  const gate = new Gate(place);
  gate.enforce(new Policy(rules));
  const rig = new RouterRig(new Map([["jobs", 5]]), gate);
  for (const yard of ["w1", "w2"]) rig.router.attach(yard, rig.now);
  for (const estate of Object.keys(ROLES)) {
    rig.states.set(estate, { is: "ready", ours: true, epoch: "e" });
  }
  const [estate, yard] = from.split("/");
  const isFar = estate !== "" && estate !== "alpha";
  const more = type === "" ? {} : { type };
  if (isFar) rig.receive(estate, to, 1, more);
  else rig.send(yard || "some", to, 1, more);
  const told = [...rig.lane, ...rig.road].flatMap(({ envelope }) => envelope.result ?? []);
  return !told.some((result) => result.status === "failed" && result.code === "denied");
}

describe("raet policy check", () => {
  it("says of every message what the gate does with it", () => {
    let [asked, denied] = [0, 0];
    for (const rules of RULES) {
      const home: PolicyHome = {
        estate: "alpha",
        role: "main",
        policy: new Policy(rules),
        roles: new Map(Object.entries(ROLES)),
      };
      for (const from of SOURCES) {
        for (const to of DESTINATIONS) {
          const isOurs = (end: string) => ["", "alpha"].includes(end.split("/")[0]);
          if (!isOurs(from) && !isOurs(to)) continue; // nobody here would see it
          for (const type of TYPES) {
            const { allowed, says } = askPolicy(home, { from, to, type });
            const what = `"${from}" to "${to}" type "${type}" by ${JSON.stringify(rules)}: ${says}`;
            assert.equal(allowed, passes(rules, from, to, type), what);
            asked++;
            if (!allowed) denied++;
          }
        }
      }
    }
    assert.ok(denied > asked / 10 && denied < asked * 0.9, `${denied} of ${asked}`);
  });
});
