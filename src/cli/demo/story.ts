/**
 * The demo: two estates as two processes join, a key is accepted, a process listens behind one and
 * is sent messages from behind the other, and the transactions of it all are shown.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import type { Value } from "../../base/value.ts";
import type { Yard } from "../../client/yard.ts";
import { type ChildProgram, selfCommand } from "../../io/process.ts";
import { systemRandom } from "../../io/random.ts";
import type { KeyView, WatchEvent } from "../../route/control.ts";
import type { Session } from "../session.ts";
import { formatMs, type Line, paint } from "../text.ts";
import { interrupted, Stage } from "./stage.ts";
import { drawTimeline, latestTransactions } from "./timeline.ts";

const BIG_BYTES = 1_000_000;

/**
 * Plays the demo, and cleans up also after a failure or ^C.
 *
 * @throws {RaetError} `internal` if a step does not come about
 */
export async function runDemo(session: Session): Promise<void> {
  const startedAt = performance.now();
  {
    await using stage = new Stage(session.env);
    await Promise.race([play(stage, session), interrupted(session.signal)]);
  }
  const ms = Math.round(performance.now() - startedAt);
  const { shown } = selfCommand();
  session.output.record({ step: "done", ms }, [
    `Ended both, removed their folder; all in ${formatMs(ms)}.`,
  ], [
    "A road of your own: ",
    paint("bold", `${shown} up --main`),
    " here, ",
    paint("bold", `${shown} up --join THIS-HOST:7530`),
    " on another host, then here ",
    paint("bold", `${shown} keys accept NAME`),
  ]);
}

async function play(stage: Stage, session: Session): Promise<void> {
  const tell = (step: string, record: object, ...human: Line[]) =>
    session.output.record({ step, ...record }, ...human);

  tell("folder", { folder: stage.folder }, `Two estates on this host, in ${stage.folder}`);
  const alphaManor = stage.start("alpha", ["up", "--name", "alpha", "--main", ...LISTEN]);
  const { address } = await stage.event(alphaManor, "ready");
  tell(
    "ready",
    { estate: "alpha", address, pid: alphaManor.pid },
    title("alpha", `is a main at ${address}, process ${alphaManor.pid}`),
  );
  const alpha = await stage.attach("alpha");
  const events: WatchEvent[] = [];
  gather(await alpha.watch(["transactions"]), events);

  const join = ["up", "--name", "beta", "--join", address ?? "", ...LISTEN];
  const betaManor = stage.start("beta", join);
  const beta = await stage.event(betaManor, "ready");
  tell(
    "ready",
    { estate: "beta", address: beta.address, pid: betaManor.pid },
    title("beta", `at ${beta.address}, process ${betaManor.pid}, asks to join`),
  );
  await acceptKey(stage, alpha, [alphaManor, betaManor], tell);

  const worker = stage.start("beta", ["listen", "jobs", "--yard", "worker"]);
  await stage.line(worker, worker.errorLines, "listening on");
  tell(
    "listening",
    { share: "jobs", yard: "worker", pid: worker.pid },
    title("worker", `listens on beta//jobs, process ${worker.pid}`),
  );
  await sendBoth(alpha, worker, tell);

  const transactions = latestTransactions(events);
  if (session.output.json) { for (const one of transactions) tell("transaction", one); }
  else session.output.say("", "What alpha saw on the road:", ...drawTimeline(transactions), "");
}

type Tell = (step: string, record: object, ...human: Line[]) => void;

const LISTEN = ["--listen", "127.0.0.1:0"];

/** Beta's key waits at alpha; its fingerprints are compared, and it is accepted. */
async function acceptKey(
  stage: Stage,
  alpha: Yard,
  [alphaManor, betaManor]: [ChildProgram, ChildProgram],
  tell: Tell,
): Promise<void> {
  await stage.event(alphaManor, "pending", "beta");
  const seen = keyOf((await alpha.control("keys", {})).rows, (key) => key.role === "beta");
  const beta = await stage.attach("beta");
  const own = keyOf((await beta.control("keys", {})).rows, (key) => key.acceptance === "own");
  const same = seen.fingerprint === own.fingerprint;
  const { groupFingerprint } = await import("../../crypto/fingerprint.ts");
  tell(
    "pending",
    { role: seen.role, fingerprint: seen.fingerprint, same },
    title("alpha", `holds beta's key back until someone accepts it: ${seen.acceptance}`),
    ["         ", paint("dim", groupFingerprint(seen.fingerprint))],
  );
  if (!same) throw new RaetError("internal", "the fingerprints at both ends differ");
  const acceptedAt = performance.now();
  await alpha.control("accept", { name: seen.role });
  await stage.event(alphaManor, "allowed", "beta");
  await stage.event(betaManor, "allowed", "alpha");
  const ms = Math.round(performance.now() - acceptedAt);
  tell(
    "allowed",
    { estate: "beta", ms },
    title("beta", `shows the same fingerprint; accepted, joined and allowed in ${formatMs(ms)}`),
  );
}

/** A small message and a big one, each with its receipt. */
async function sendBoth(alpha: Yard, worker: ChildProgram, tell: Tell): Promise<void> {
  const small = { hello: "from a process at alpha" };
  const big = { bytes: systemRandom(BIG_BYTES) };
  const bodies: [string, Value][] = [[JSON.stringify(small), small], ["1 MB of random bytes", big]];
  for (const [what, body] of bodies) {
    const delivery = alpha.send("beta//jobs", body);
    const outcome = await delivery.outcome;
    if ("code" in outcome) throw new RaetError(outcome.code, outcome.message);
    const { status, id } = outcome;
    const ms = Math.round(outcome.ms * 10) / 10;
    const start = `{"from":["alpha","${alpha.name}"`;
    const line = await worker.waitFor(
      "the message",
      10_000,
      () => worker.lines.find((line) => line.startsWith(start) && line.includes(`"${id}"`)),
    );
    tell("sent", { status, id, ms, printedBytes: line.length }, [
      paint("bold", "send   ".padEnd(8)),
      ` ${what} to beta//jobs: `,
      paint("green", status),
      ` in ${formatMs(ms)}`,
    ]);
  }
}

function keyOf(rows: readonly KeyView[], is: (key: KeyView) => boolean): KeyView {
  const key = rows.find(is);
  if (!key) throw new RaetError("internal", "a key that should be on record is not");
  return key;
}

function title(who: string, text: string): Line {
  return [paint("bold", who.padEnd(8)), ` ${text}`];
}

async function gather(stream: AsyncIterable<WatchEvent>, events: WatchEvent[]): Promise<void> {
  try {
    for await (const event of stream) events.push(event);
  } catch {
    // the manor ended: the story goes on with what it has
  }
}
