/**
 * What a check of `raet doctor` finds, and what it has to look at.
 *
 * @module
 */
import type { RaetError } from "../../base/errors.ts";
import type { Yard } from "../../client/yard.ts";
import type { Home } from "../../io/home.ts";
import type { EstatePlan } from "../../manor/estate.ts";
import type { Settings } from "../../manor/settings.ts";
import type { HealthView } from "../../route/control.ts";
import type { Keep } from "../../keep/keep.ts";

/** How grave it is: a warning keeps nothing from working, a fault does. */
export type Verdict = "ok" | "warning" | "fault";

/** One line of what was found. */
export type Finding = {
  check: string;
  verdict: Verdict;
  /** one clause */
  what: string;
  /** what to do; "" where nothing is */
  todo: string;
  /** whether --fix has just mended it */
  mended: boolean;
};

/** What is examined. */
export interface Patient {
  readonly home: Home;
  /** the user who owns the home, and who should own what lies in it */
  readonly owner: number;
  /** settings as raet up would take them now; null if they can't be read */
  readonly settings: Settings | null;
  /** null if the keep can't be read, or does not agree with the settings */
  readonly keep: { keep: Keep; plan: EstatePlan } | null;
  /** the manor that runs, as a process of ours sees it; null if none answers */
  readonly manor: { yard: Yard; health: HealthView } | null;
  /** why it would not answer us, where it may well run; null if it did, or if none does */
  readonly denial: RaetError | null;
  /** whether to mend what can be mended */
  readonly fix: boolean;
}

/** One check: its name, and what it does. */
export interface Check {
  readonly name: string;
  /** it looks into what only the home's user can see */
  readonly isPrivate?: true;
  examine(patient: Patient): Said | Promise<Said>;
}

/** What a check says. */
export type Said = Omit<Finding, "check">;

/** All is well. */
export function ok(what: string): Said {
  return { verdict: "ok", what, todo: "", mended: false };
}

/** It was not well, and is now. */
export function mended(what: string): Said {
  return { verdict: "ok", what: `mended: ${what}`, todo: "", mended: true };
}

/** Something to know. */
export function warning(what: string, todo: string): Said {
  return { verdict: "warning", what, todo, mended: false };
}

/** Something that keeps the estate from working, or that puts it in danger. */
export function fault(what: string, todo: string): Said {
  return { verdict: "fault", what, todo, mended: false };
}

/** The first of many, and how many there are. */
export function firstOf(things: readonly string[]): string {
  return things.length > 1 ? `${things[0]} (and ${things.length - 1} more)` : things[0] ?? "";
}
