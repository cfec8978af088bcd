import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawSequence, isAscii } from "../../../src/cli/draw/sequence.ts";
import { drawLine, textWidth } from "../../../src/cli/text.ts";
import { PACKETS_NOTED_FIRST } from "../../../src/base/limits.ts";
import type { TransactionDetail } from "../../../src/route/control.ts";
import { packetView, transactionDetail } from "../../support/transactions.ts";

function draw(
  detail: TransactionDetail,
  options: { columns?: number; all?: boolean; ascii?: boolean } = {},
): string[] {
  const { columns = 70, all = false, ascii = false } = options;
  return drawSequence(detail, { near: "alpha", columns, all, ascii })
    .map((line) => drawLine(line, false));
}

const redone = transactionDetail([
  packetView(0, true, "message", { bytes: 300, flags: ["wait"] }),
  packetView(101, true, "message", { bytes: 300, flags: ["again", "wait"] }),
  packetView(101.4, false, "done", { bytes: 139, flags: ["correspondent"] }),
], { redos: 1 });

describe("the life of a transaction", () => {
  it("is drawn with an arrow for each packet, silence, round trips and its end", () => {
    const [head, ids, , ...rows] = draw(redone);
    assert.match(head, /^#12 message to beta at 10\.0\.0\.2:7530, begun by us at /);
    assert.equal(ids, `session 3, transaction 17, message ${"0f".repeat(16)}`);
    assert.deepEqual(rows, [
      "     TIME  alpha                             beta      SIZE      TRIP",
      "   0.0 ms  ├── message · wait ─────────────────▶│     300 B",
      "           ┆         101 ms of silence          ┆",
      "   101 ms  ├╌╌ message · again wait ╌╌╌╌╌╌╌╌╌╌╌▶│     300 B",
      "   101 ms  │◀─────────────────────────── done ──┤     139 B    0.4 ms",
      "   101 ms  ended: done  (3 packets, 739 B, 1 redo)",
    ]);
  });

  it("is drawn with letters where lines can't be", () => {
    const rows = draw(redone, { ascii: true });
    assert.ok(rows.every((row) => /^[ -~]*$/.test(row)), rows.join("\n"));
    assert.deepEqual(rows.slice(4, 7), [
      "   0.0 ms  |-- message, wait ------------------>|     300 B",
      "           :         101 ms of silence          :",
      "   101 ms  |.. message, again wait ............>|     300 B",
    ]);
  });

  it("fits terminals of any width, and names of any", () => {
    const detail = { ...redone, estate: "日本".repeat(30) };
    for (const columns of [40, 60, 80, 120, 200]) {
      const widths = draw(detail, { columns }).slice(3, -1).map(textWidth);
      assert.ok(Math.max(...widths) <= Math.max(columns, 62), `${columns}: ${widths}`);
      assert.equal(new Set(widths.slice(1, 3)).size <= 2, true);
    }
  });

  it("draws packets that are alike as three rows, or each of them if asked", () => {
    const segments = Array.from(
      { length: 20 },
      (_, segment) =>
        packetView(segment / 10, true, "message", { segment, segments: 20, flags: ["segmented"] }),
    );
    const detail = transactionDetail([...segments, packetView(3, false, "done")]);
    const rows = draw(detail).slice(4);
    assert.match(rows[0], /message 1\/20 ─/);
    assert.match(rows[1], /1\.8 ms {2}├── message 2 to 19 ─+▶│ {4}1800 B$/);
    assert.match(rows[2], /message 20\/20 ─/);
    assert.match(rows[3], /done/);
    assert.equal(draw(detail, { all: true }).slice(4).length, 22);
  });

  it("marks what went before, also where the packet does not say so", () => {
    const rows = draw(transactionDetail([
      packetView(0, true, "hello"),
      packetView(1, true, "hello"),
      packetView(2, false, "ack"),
      packetView(3, false, "ack"),
    ])).slice(4, 8);
    assert.match(rows[0], /├── hello ──/);
    assert.match(rows[1], /├╌╌ hello · again ╌╌/);
    assert.doesNotMatch(rows[3], /again/, "an ack may come for each part");
  });

  it("says where packets were not kept", () => {
    const packets = Array.from({ length: PACKETS_NOTED_FIRST + 2 }, (_, i) => (
      packetView(i, i % 2 === 0, "ack")
    ));
    const rows = draw(transactionDetail(packets, { leftOut: 900 }));
    assert.match(rows[4 + PACKETS_NOTED_FIRST], /┆ +900 packets not kept +┆/);
    const early = draw(transactionDetail(packets.slice(0, 2), { leftOut: 1 }));
    assert.match(early.at(-2)!, /1 packet not kept/);
  });

  it("of one that is open says so, and of one without packets what is known", () => {
    assert.match(draw({ ...redone, state: "open", outcome: "" }).at(-1)!, /still open/);
    assert.match(draw(transactionDetail([])).at(-1)!, /ended: done/);
  });

  it("obeys nothing that a peer says", () => {
    const evil = transactionDetail([packetView(0, false, "\x1b[2J")], {
      estate: "\x1b]0;x\x07",
      outcome: "\x9b2J",
    });
    assert.doesNotMatch(draw(evil).join(""), /[\x1b\x07\x9b]/);
  });
});

describe("a terminal", () => {
  it("draws lines if its locale knows them, or nothing is said of it", () => {
    assert.equal(isAscii({}), false);
    assert.equal(isAscii({ LANG: "de_DE.UTF-8" }), false);
    assert.equal(isAscii({ LC_ALL: "C.utf8", LANG: "C" }), false);
    assert.equal(isAscii({ LANG: "C" }), true);
    assert.equal(isAscii({ TERM: "dumb" }), true);
  });
});
