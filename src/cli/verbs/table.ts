/**
 * The table of verbs: the command line and the console are both made from it.
 *
 * @module
 */
import type { Verb } from "../verb.ts";
import { quitVerb, shellVerb } from "./console/leaving.ts";
import { consoleListenVerb, unlistenVerb } from "./console/listening.ts";
import { lastVerb, saveVerb, sourceVerb } from "./console/results.ts";
import { setVerb, timingVerb } from "./console/settings.ts";
import { useVerb } from "./console/target.ts";
import { configVerb, initVerb } from "./config.ts";
import { answerVerb } from "./answer.ts";
import { askVerb } from "./ask.ts";
import { benchVerb } from "./bench.ts";
import { completeVerb, completionVerb } from "./completion.ts";
import { demoVerb } from "./demo.ts";
import { doctorVerb } from "./doctor.ts";
import { helpVerb } from "./help.ts";
import { keysVerb } from "./keys.ts";
import { estatesVerb, sharesVerb, yardsVerb } from "./lists.ts";
import { listenVerb } from "./listen.ts";
import { policyVerb } from "./policy.ts";
import { pingVerb } from "./ping.ts";
import { replVerb } from "./repl.ts";
import { sendVerb } from "./send.ts";
import { serviceVerb } from "./service.ts";
import { showVerb } from "./show.ts";
import { statsVerb } from "./stats.ts";
import { traceVerb } from "./trace.ts";
import { topVerb } from "./top.ts";
import { txVerb } from "./tx.ts";
import { upVerb } from "./up.ts";
import { versionVerb } from "./version.ts";
import { watchVerb } from "./watch.ts";

/** Every verb, in the order of the help. */
export const VERBS: readonly Verb[] = [
  upVerb,
  initVerb,
  configVerb,
  serviceVerb,
  doctorVerb,
  sendVerb,
  askVerb,
  listenVerb,
  consoleListenVerb,
  unlistenVerb,
  answerVerb,
  keysVerb,
  policyVerb,
  estatesVerb,
  yardsVerb,
  sharesVerb,
  statsVerb,
  showVerb,
  pingVerb,
  benchVerb,
  watchVerb,
  txVerb,
  topVerb,
  traceVerb,
  replVerb(() => VERBS),
  demoVerb,
  completionVerb(() => VERBS),
  helpVerb,
  versionVerb,
  completeVerb,
  useVerb,
  lastVerb,
  saveVerb,
  sourceVerb,
  setVerb,
  timingVerb,
  shellVerb,
  quitVerb,
];

/** The verbs of one place. */
export function verbsOf(place: Verb["places"][number]): readonly Verb[] {
  return VERBS.filter((verb) => verb.places.includes(place));
}
