/**
 * What happened to an estate of a recording outside the wire: an operator's verbs, settings that were
 * changed, things that the harness made it forget. By recording and side, then by the number of the
 * datagram before which it happened.
 *
 * @module
 */
import type { Interventions, Replay } from "../support/replay.ts";

/** Everything that the recordings need besides what their datagrams show. */
export const INTERVENTIONS: Record<string, Interventions> = {
  "join_pend_by_joiner/other": { 3: (replay) => replay.judge("accept") },
  "join_rejected/main": { 5: (replay) => void (replay.local.main = false) },
  "join_renew/main": { 3: (replay) => forget(replay, 3), 8: (replay) => forget(replay, 4) },
  "join_renew/other": { 8: (replay) => void (replay.local.mutable = false) },
  "join_race/other": { 0: (replay) => replay.begin("join"), 6: (replay) => replay.begin("join") },
  "allow_race/other": { 3: (replay) => replay.begin("allow") },
  "json_head/main": { 24: (replay) => replay.stack.tune({ headKind: "raet" }) },
  "stale_nack/other": { 13: (replay) => replay.forgetLast() },
  "join_conflict/main": {
    5: (replay) => void (replay.local.mutable = true),
    8: (replay) => void (replay.local.auto = "once"),
  },
  "alive/main": { 12: (replay) => replay.restart(), 19: loseJoin },
  "message_resend/other": { 133: (replay) => replay.stack.tune({ burst: 4, window: 4 }) },
  "stale_nack/main": { 23: (replay) => replay.restart() },
};

/** The harness took the remote out; the reference had used up a number for the renew in between. */
function forget(replay: Replay, lastUid: number): void {
  for (const { name } of replay.keep.remotes()) replay.keep.removeRemote(name);
  const local = replay.keep.loadLocal()!;
  replay.keep.saveLocal({ ...local, lastUid });
  replay.restart();
}

function loseJoin(replay: Replay): void {
  for (const record of replay.keep.remotes()) replay.keep.saveRemote({ ...record, joined: false });
  replay.restart();
}
