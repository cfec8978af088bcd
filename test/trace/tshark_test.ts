import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Drop } from "../../src/base/drop.ts";
import { capturePackets, captureStart } from "../../src/trace/capture.ts";
import { datagramStart } from "../../src/trace/datagram.ts";
import { captureHeader, packetBlock } from "../../src/trace/pcapng.ts";
import type { Trace } from "../../src/trace/record.ts";
import { parseHead } from "../../src/wire/heads.ts";
import { packetKindName, transactionKindName } from "../../src/wire/kinds.ts";
import { bytes, readRoad, readVectors } from "../support/recordings.ts";
import { SIM_EPOCH_MS, traceBoth } from "../support/traces.ts";
import { NO_TSHARK, tshark, tsharkFields } from "../support/tshark.ts";

const ROADS = [
  "join_accept",
  "join_pend_by_joiner",
  "allow",
  "alive",
  "message_small",
  "message_msgpack",
  "message_resend",
  "stale_nack",
  "json_head",
];

describe("a trace as a capture", { skip: NO_TSHARK }, () => {
  it("is read by tshark: times, addresses, ports, real lengths and comments", () => {
    const [trace] = traceBoth({ sizes: [100, 3000] });
    withCapture(captureOf(trace), (file) => {
      const packets = trace.transactions.flatMap((one) =>
        one.packetList.map((packet, i) => ({ one, packet, i, at: one.beganAt + packet.ms }))
      ).sort((a, b) => a.at - b.at);
      const read = tsharkFields(
        file,
        ...["frame.time_epoch", "frame.len", "frame.cap_len", "ip.src", "udp.srcport"],
        ...["udp.dstport", "udp.length", "frame.comment", "frame.packet_flags", "_ws.malformed"],
      );
      assert.equal(read.length, packets.length);
      packets.forEach(({ one, packet, i, at }, n) => {
        const [near, far] = [trace.header.address, one.address].map((text) => text.split(":"));
        const [from, to] = packet.out ? [near, far] : [far, near];
        const row = read[n];
        assert.equal(Number(row["frame.time_epoch"]).toFixed(6), (at / 1000).toFixed(6));
        assert.equal(row["frame.len"], `${packet.bytes + 28}`);
        assert.equal(row["frame.cap_len"], `${packet.head.length + 28}`);
        assert.deepEqual([row["ip.src"], row["udp.srcport"], row["udp.dstport"]], [...from, to[1]]);
        assert.equal(row["udp.length"], `${packet.bytes + 8}`);
        const comment = `${one.kind}${one.messageId && ` ${one.messageId}`} from `;
        assert.ok(row["frame.comment"].startsWith(i === 0 ? comment : ""), row["frame.comment"]);
        assert.equal(row["frame.packet_flags"], packet.out ? "0x00000002" : "0x00000001");
        assert.equal(row["_ws.malformed"], "");
      });
    });
  });

  it("is dissected from heads alone", () => {
    const [, trace] = traceBoth({ sizes: [100] });
    withCapture(captureOf(trace), (file) => {
      const info = tshark(
        file,
        "-Y",
        "raet.transaction_kind == 0",
        "-T",
        "fields",
        "-e",
        "_ws.col.Info",
      );
      assert.deepEqual(info, [
        "message message session=2 transaction=4 [wait]",
        "message done session=2 transaction=4 [correspondent wait]",
      ]);
      assert.deepEqual(tshark(file, "-Y", "raet.bad_head or raet.bad_length or raet.coat"), []);
    });
  });

  it("is one of IPv6 where the estates are", () => {
    const header = { trace: 1, estate: "a", address: "[::]:7530", epoch: "" };
    const [{ transactions }] = traceBoth();
    const moved = transactions.map((one) => ({ ...one, address: "[fe80::1:2]:7531" }));
    withCapture([captureStart(header, "0"), ...capturePackets(header, moved)], (file) => {
      const rows = tsharkFields(file, "ipv6.src", "ipv6.plen", "raet.length", "udp.srcport");
      assert.ok(rows.length > 0);
      for (const row of rows) {
        assert.equal(Number(row["ipv6.plen"]), Number(row["raet.length"]) + 8);
        assert.deepEqual(
          [row["ipv6.src"], row["udp.srcport"]],
          row["udp.srcport"] === "7530" ? ["::", "7530"] : ["fe80::1:2", "7531"],
        );
      }
    });
  });
});

describe("the dissector", { skip: NO_TSHARK }, () => {
  it("reads every packet that the reference sent, of both styles of head", () => {
    const datagrams = ROADS.flatMap((name) =>
      readRoad(name).datagrams.map(({ hex }) => bytes(hex))
    );
    withCapture(captureOfDatagrams(datagrams), (file) => {
      const rows = tsharkFields(
        file,
        ...["raet.head_style", "raet.transaction_kind", "raet.packet_kind", "raet.session"],
        ...["raet.transaction", "raet.segment", "raet.segments", "raet.flags", "raet.head_length"],
        ...["raet.source", "raet.destination", "raet.message_length", "_ws.col.Info", "raet.foot"],
      );
      assert.equal(rows.length, datagrams.length);
      datagrams.forEach((datagram, i) => {
        const parsed = parseHead(datagram);
        assert.ok(!(parsed instanceof Drop));
        const { head, headLength, footLength } = parsed;
        const row = rows[i];
        const read = (name: string, missing = 0) => Number(row[`raet.${name}`] || missing);
        assert.deepEqual(
          {
            ...head,
            headKind: read("head_style"),
            transactionKind: read("transaction_kind"),
            packetKind: read("packet_kind"),
            sessionId: read("session"),
            transactionId: read("transaction"),
            segmentNumber: read("segment"),
            segmentCount: read("segments", 1),
            messageLength: read("message_length"),
            sourceId: read("source"),
            destinationId: read("destination"),
            flags: read("flags"),
          },
          head,
        );
        assert.equal(read("head_length"), headLength);
        assert.equal(row["raet.foot"].replaceAll(":", "").length, 2 * footLength);
        const kinds = `${transactionKindName(head.transactionKind)} ${
          packetKindName(head.packetKind)
        } `;
        assert.ok(row["_ws.col.Info"].startsWith(kinds), row["_ws.col.Info"]);
      });
      assert.deepEqual(tshark(file, "-Y", "raet.bad_head or raet.bad_length"), []);
      const names = tshark(
        file,
        "-Y",
        "raet.body contains verhex",
        "-T",
        "fields",
        "-e",
        "raet.body",
      );
      assert.ok(names.length > 0 && names.every((body) => body.startsWith('{"')));
    });
  });

  it("survives every malformed packet, and says so of those whose head it can't read", () => {
    const { cases } = readVectors<{ cases: { hex: string }[] }>("malformed_packets");
    const datagrams = cases.map(({ hex }) => bytes(hex)).filter(({ length }) => length > 0);
    withCapture(captureOfDatagrams(datagrams), (file) => {
      assert.equal(
        tshark(file, "-V").filter((line) => line.startsWith("Frame ")).length,
        datagrams.length,
      );
      assert.ok(tshark(file, "-Y", "raet.bad_head").length > 3);
      assert.ok(tshark(file, "-Y", "raet.bad_length").length > 0);
    });
  });
});

function captureOf({ header, transactions }: Trace): Uint8Array[] {
  return [captureStart(header, "0.0.0"), ...capturePackets(header, transactions)];
}

/** Whole datagrams, one a millisecond. */
function captureOfDatagrams(datagrams: readonly Uint8Array[]): Uint8Array[] {
  const blocks = datagrams.map((datagram, i) =>
    packetBlock({
      at: SIM_EPOCH_MS + i,
      out: true,
      comment: "",
      ...datagramStart("127.0.0.1:7531", "127.0.0.1:7540", datagram, datagram.length),
    })
  );
  return [captureHeader("test", "test"), ...blocks];
}

function withCapture(parts: readonly Uint8Array[], look: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "raet-capture-"));
  try {
    const file = join(folder, "test.pcapng");
    for (const part of parts) writeFileSync(file, part, { flag: "a" });
    look(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
