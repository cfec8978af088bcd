/**
 * The readers of texts: routes, addresses, globs, lines and keys of the console, raet.yaml, traces.
 *
 * @module
 */
import { hintFor } from "../../../repl/hints.ts";
import { splitLines, splitWords } from "../../../repl/words.ts";
import { parseAddress } from "../../../src/base/address.ts";
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { RaetError } from "../../../src/base/errors.ts";
import { jsonLine, parseBody } from "../../../src/cli/body.ts";
import { globMatcher } from "../../../src/base/glob.ts";
import { routeMatcher } from "../../../src/cli/glob.ts";
import { KeyDecoder } from "../../../src/cli/terminal/keys.ts";
import { readConfig } from "../../../src/manor/config.ts";
import type { TransactionDetail } from "../../../src/route/control.ts";
import { formatTriple, parseTriple } from "../../../src/route/triple.ts";
import { mergeTraces } from "../../../src/trace/merge.ts";
import { parseTrace, recordOf } from "../../../src/trace/record.ts";
import { consoleUsages } from "../../support/usages.ts";
import { form, type Target, type Verdict } from "../target.ts";
import { texts } from "./seeds.ts";

/** Reads a text; an error of ours is an outcome, and everything else a finding. */
async function reading(
  input: Uint8Array,
  read: (text: string) => Verdict | Promise<Verdict>,
  isWordy: boolean,
): Promise<Verdict> {
  const text = fromUtf8(input);
  if (text === null) return { outcome: "no text", work: 0 };
  try {
    return await read(text);
  } catch (error) {
    if (!(error instanceof RaetError) || error.code === "internal") throw error;
    return {
      outcome: `${error.code}: ${isWordy ? "" : form(error.message.replace(/ in [^]*$/, ""))}`,
      work: error.message.length,
    };
  }
}

function textTarget(
  target: Pick<Target, "name" | "weight" | "words"> & Partial<Target> & {
    of: readonly string[];
    /** what its errors say is mostly the input */
    isWordy?: boolean;
    read: (text: string) => Verdict | Promise<Verdict>;
  },
): Target {
  const { of, read, isWordy = false, ...rest } = target;
  return {
    bytesMax: 400,
    workPerByte: 8,
    workAtLeast: 1000,
    seeds: () => texts(...of),
    run: (input) => reading(input, read, isWordy),
    ...rest,
  };
}

const route = textTarget({
  name: "route",
  isWordy: true,
  weight: 5,
  of: ["beta//jobs", "//inbox", "alpha/worker1/jobs", "a.b-c_d/e/f", "web*//jobs", "/worker/"],
  words: ["/", "//", "..", "\u0000", "é", "*", " "],
  read(text) {
    const triple = parseTriple(text);
    const again = parseTriple(formatTriple(triple));
    if (formatTriple(again) !== formatTriple(triple)) throw new Error("a route changed");
    return { outcome: "a route", work: text.length };
  },
});

const address = textTarget({
  name: "address",
  weight: 5,
  of: ["127.0.0.1:7530", "[::1]:7530", "host.example:1", "host", "0.0.0.0:0", "[fe80::1%eth0]:7"],
  words: [":", "[", "]", "::", "65536", "%", "."],
  read(text) {
    parseAddress(text);
    return { outcome: "an address", work: text.length };
  },
});

const glob = textTarget({
  name: "glob",
  weight: 4,
  of: ["web*//jobs", "a?c*/*/[x-z]", "*a*a*a*a*a*b"],
  words: ["*", "?", "[", "]", "**", "\\", "{", "}", "|", "(", "+"],
  bytesMax: 80,
  read(text) {
    globMatcher(text)("a".repeat(60));
    routeMatcher(text)({ estate: "web1", yard: "", share: "jobs" });
    return { outcome: "a glob", work: text.length };
  },
});

const body = textTarget({
  name: "argument",
  weight: 4,
  of: ['{"n":1}', "[1,2,3]", '"text"', '{"$bytes":"AAEC"}', "null", "1e400"],
  words: ["$bytes", "{", "[", '"', "\\", "1e999", "__proto__"],
  read(text) {
    return { outcome: "a body", work: jsonLine(parseBody(text)).length };
  },
});

const usages = consoleUsages();

const line = textTarget({
  name: "line",
  weight: 8,
  of: [
    'send a//b {"n": [1, "} x"]} --no-wait',
    "watch transactions beta\nkeys accept beta\n",
    "send a//b n:={\"x\": [1, 2]} t='a b' @file --count 3 --rate 5",
    "# a comment",
    "! ls",
  ],
  words: [...usages.names, "--", "'", '"', "{", "[", ":=", "\n", "\\", "--json", "@", "//"],
  read(text) {
    hintFor(text, usages, "");
    const lines = splitLines(text);
    if (lines.join("").replace(/\s/g, "") !== text.replace(/\s/g, "")) {
      throw new Error("lines that were parted lost something");
    }
    const words = lines.flatMap(splitWords);
    const work = words.join("").length;
    return { outcome: `${Math.min(3, lines.length)} lines`, work };
  },
});

const keys: Target = {
  name: "keys",
  weight: 5,
  bytesMax: 400,
  workPerByte: 4,
  workAtLeast: 10,
  seeds: () => texts("abc\r", "\x1b[A\x1b[1;5C\x1bf", "\x1b[200~pasted\n\x1b[201~x", "é😀\x7f\x03"),
  words: ["\x1b", "\x1b[", "\x1bO", "~", ";5", "\x1b[200~", "\x1b[201~", "\x1b[M", "\x9b"],
  run(input) {
    const decoder = new KeyDecoder();
    const names = new Set<string>();
    let work = 0;
    // In two parts, as a terminal may send it.
    const half = input.length >> 1;
    for (const part of [input.subarray(0, half), input.subarray(half)]) {
      for (const { name, text } of [...decoder.feed(part), ...decoder.flush()]) {
        names.add(name);
        work += 1 + text.length;
      }
    }
    return { outcome: [...names].sort().slice(0, 2).join(" "), work };
  },
};

const config = textTarget({
  name: "config",
  weight: 2,
  of: [
    "name: alpha\nmain: true\nlisten: 127.0.0.1:7530\njoin: [127.0.0.1:7531]\n",
    "shares: {jobs: 100}\nlog-level: info\nauto: never\nalive-period: 5\n",
    "a: &x [1, 2]\nb: *x\n",
  ],
  words: [
    "name",
    "main",
    "listen",
    "join",
    "shares",
    "\t",
    ": ",
    "- ",
    "&a",
    "*a",
    "!!js",
    "<<",
    "---\n",
    "|\n",
    "? ",
  ],
  workPerByte: 40,
  async read(text) {
    const { settings, faults } = await readConfig(text, "raet.yaml");
    const what = form(faults[0] ?? "").replace("raet.yaml line n, column n: ", "").slice(0, 16);
    const work = JSON.stringify(settings).length + faults.join("").length / 20;
    return { outcome: `${Object.keys(settings).length} ${what}`, work };
  },
});

const HEADER = '{"trace":1,"estate":"alpha","address":"127.0.0.1:1","epoch":"e"}';
const DETAIL: TransactionDetail = {
  id: 1,
  kind: "message",
  estate: "beta",
  ours: true,
  state: "ended",
  beganAt: 1,
  ms: 2,
  packets: 1,
  bytes: 3,
  redos: 0,
  outcome: "done",
  why: "",
  address: "127.0.0.1:2",
  sessionId: 1,
  transactionId: 1,
  messageId: "",
  packetList: [{
    ms: 0,
    out: true,
    kind: "message",
    flags: [],
    segment: 0,
    segments: 1,
    bytes: 3,
    head: utf8("ri RAET\n"),
  }],
  leftOut: 0,
};
const RECORD = JSON.stringify(recordOf(DETAIL));
const other = parseTrace(
  `${HEADER.replace("alpha", "beta")}\n${RECORD.replace("beta", "alpha")}\n`,
  "b",
);

const trace = textTarget({
  name: "trace",
  weight: 3,
  of: [HEADER, `${HEADER}\n${RECORD}`],
  words: [RECORD, "\n", "null", "-1", "1e99", "[]", "{}", '"head"', "packetList"],
  bytesMax: 3000,
  read(text) {
    const read = parseTrace(text, "a");
    const merged = mergeTraces(read, other);
    return { outcome: "a trace", work: JSON.stringify(merged).length / 4 };
  },
});

/** All of them. */
export const TEXT_TARGETS: readonly Target[] = [
  route,
  address,
  glob,
  body,
  line,
  keys,
  config,
  trace,
];
