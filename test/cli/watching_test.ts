import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  describeWatching,
  fitsTransaction,
  isShown,
  readWatching,
  strangers,
  WATCH_DEFAULT,
} from "../../src/cli/watching.ts";
import type { TransactionView, WatchEvent } from "../../src/route/control.ts";

const view: TransactionView = {
  id: 12,
  kind: "message",
  estate: "beta",
  ours: true,
  state: "ended",
  beganAt: 0,
  ms: 1,
  packets: 2,
  bytes: 512,
  redos: 0,
  outcome: "done",
  why: "",
};
const ended = (more: Partial<TransactionView> = {}): WatchEvent => (
  { topic: "transactions", at: 0, event: "ended", transaction: { ...view, ...more } }
);
const dropped: WatchEvent = {
  topic: "drops",
  at: 0,
  event: "dropped",
  reason: "bad_signature",
  from: "10.0.0.1:7530",
  detail: "",
};

describe("what is watched", () => {
  it("is read from topics, a filter, and words of its own", () => {
    assert.deepEqual(readWatching([]), WATCH_DEFAULT);
    assert.deepEqual(readWatching(["on"]), WATCH_DEFAULT);
    assert.deepEqual(readWatching(["off"]).topics, []);
    assert.deepEqual(readWatching(["drops", "10.*"]), {
      topics: ["drops"],
      filter: ["10.*"],
      alives: false,
    });
    assert.deepEqual(readWatching(["beta*"]), { ...WATCH_DEFAULT, filter: ["beta*"] });
    assert.equal(readWatching(["all"]).topics.length, 4);
  });

  it("is on or off without other words", () => {
    for (const words of [["on", "off"], ["off", "drops"], ["beta", "on"]]) {
      assert.throws(() => readWatching(words), {
        code: "usage",
        message: /^watch o\w+ stands alone/,
      });
    }
  });

  it("is no topic that is mistyped", () => {
    assert.throws(() => readWatching(["mesages"]), {
      code: "usage",
      message: /"mesages" is no topic: did you mean messages\?/,
    });
  });

  it("knows which words nothing fits that can be told of the topics", () => {
    const of = (words: string, ...names: string[]) =>
      strangers(readWatching(words.split(" "), names), names);
    assert.deepEqual(of("nosuch"), ["nosuch"]);
    assert.deepEqual(of("beta nosuch", "beta"), ["nosuch"]);
    assert.deepEqual(of("!nosuch bet", "beta"), ["nosuch"]);
    assert.deepEqual(of("receipt done us !lost"), []);
    assert.deepEqual(of("10.0.0.1 #12 no* beta//jobs 0f3a9"), []);
    assert.deepEqual(of("presence receipt"), ["receipt"]);
    assert.deepEqual(of("drops bad_box"), []);
  });

  it("is no mistyped topic where somebody is called so", () => {
    assert.deepEqual(readWatching(["mesages"], ["mesages"]).filter, ["mesages"]);
    assert.throws(() => readWatching(["drops", "presense"]), { message: /did you mean presence/ });
  });

  it("is said in the words that it is read from", () => {
    for (const words of ["drops beta !x", "off", "all", "presence transactions"]) {
      assert.equal(describeWatching(readWatching(words.split(" "))), words);
    }
  });

  it("leaves out alives that go well, if they are not asked for", () => {
    const alive = ended({ kind: "alive" });
    assert.equal(isShown(alive, readWatching([])), false);
    assert.ok(isShown(ended({ kind: "alive", redos: 1 }), readWatching([])));
    assert.ok(isShown(alive, readWatching(["all"])));
    assert.ok(isShown(alive, readWatching(["transactions", "alive"])));
  });

  it("fits each word of the filter, and none with a ! in front", () => {
    const shows = (...filter: string[]) => fitsTransaction(view, filter);
    assert.ok(shows("beta") && shows("bet") && shows("BETA", "message") && shows("#12"));
    assert.ok(shows("b*a") && shows("us") && shows("!join"));
    assert.ok(!shows("b*") === false && !shows("et?") && !shows("beta", "join") && !shows("!beta"));
  });

  it("takes a bracket as it is, and no longer for many stars than for one", () => {
    const shows = (estate: string, filter: string) =>
      fitsTransaction({ ...view, estate }, [filter]);
    assert.ok(shows("[::1]:7530", "[::1]*") && shows("[::1]:7530", "[::1") && shows("a[b", "?[?"));
    assert.ok(!shows("::1", "[::1]*"));
    assert.ok(!shows("a".repeat(200), `${"*a".repeat(40)}b`));
  });

  it("is of the topics only, and what was left out of them is always said", () => {
    assert.ok(!isShown(dropped, readWatching(["messages"])));
    assert.ok(isShown(dropped, readWatching(["drops", "10.0.0.*"])));
    assert.ok(!isShown(dropped, readWatching(["drops", "beta"])));
    const leftOut: WatchEvent = { topic: "drops", at: 0, event: "left_out", count: 3 };
    assert.ok(isShown(leftOut, readWatching(["drops", "beta"])));
  });
});
