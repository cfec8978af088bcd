/**
 * What can be run for the page of figures, and the page itself.
 *
 * @module
 */

/** A run that was kept. */
export interface Run {
  /** the name of its kind */
  readonly of: string;
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  /** whether it ended without a finding */
  readonly passed: boolean;
  /** the objects that it printed */
  // deno-lint-ignore no-explicit-any -- each kind knows its own
  readonly printed: readonly any[];
}

/** Something that is run for the page. */
export interface Kind {
  readonly name: string;
  readonly task: string;
  readonly script: string;
  /** what is always given to it */
  readonly args: readonly string[];
  /** whether its runs stand side by side */
  readonly keepsAll: boolean;
  readonly title: string;
  readonly about: string;
  readonly columns: readonly string[];
  /** The runs as they stand in the table, if not each by itself. */
  folded?(runs: readonly Run[]): Run[];
  /** The rows of a run, without what all runs have. */
  rows(run: Run): (string | number)[][];
  /** What is said of all of them below the table, if not each command. */
  summary?(runs: readonly Run[]): string;
}

/** All kinds, in the order of the page. */
export const KINDS: readonly Kind[] = [
  {
    name: "sim",
    task: "sim",
    script: "scripts/sim.ts",
    args: [],
    keepsAll: true,
    title: "Simulated networks, seed by seed",
    about:
      "Whole estates on a virtual clock and a network that loses, doubles, delays, cuts and spoils, with " +
      "crashes, full disks and, where it says so, an attacker in every seed; checkers after every step " +
      "([design](design.md), The simulator). A row is `deno task sim --seeds FROM..TO --all` at its commit, " +
      "with `--attacked` where it says all, with `--durable` where it says too. The first row is the last " +
      "that found something: it is mended since, or a promise that said too much is put right, and the " +
      "commit names the seed. Runs before it are in `reliability.json`.",
    columns: [
      "seeds",
      "attacked",
      "durable",
      "findings",
      "virtual time",
      "datagrams",
      "messages",
      "delivered",
    ],
    folded: (runs) => adjoining(fromLastFinding(runs)),
    summary: seedsOf,
    rows: ({ printed }) =>
      printed.map((one) => [
        `${count(one.from)}–${count(one.to)}`,
        one.attacked ? "all" : "some",
        one.durable ? "too" : "no",
        one.findings,
        `${(one.virtualSeconds / 3600).toFixed(1)} h`,
        count(one.datagrams),
        count(one.messages),
        count(one.outcomes.delivered ?? 0),
      ]),
  },
  {
    name: "kills",
    task: "kills",
    script: "scripts/kills.ts",
    args: [],
    keepsAll: true,
    title: "Real processes, killed at random",
    about:
      "`kill -9` of the sender's manor, the receiver's manor and the program that takes the messages, at " +
      "random moments, while durable messages flow.",
    columns: ["kills", "ordered", "stored", "lost", "twice", "told again", "out of order"],
    rows: ({ printed }) =>
      printed.map((one) => [
        count(Object.values<number>(one.kills).reduce((sum, n) => sum + n, 0)),
        one.ordered ? "yes" : "no",
        count(one.stored),
        one.lost,
        one.twice,
        count(one.again),
        one.ordered ? one.early : "–",
      ]),
  },
  {
    name: "fuzz",
    task: "fuzz",
    script: "scripts/fuzz.ts",
    args: [],
    keepsAll: false,
    title: "Changed inputs",
    about:
      "Everything that reads bytes from outside, given changed copies of real and kept inputs. Work is what " +
      "was made of an input: values, bytes, datagrams; the most that was seen, as a part of what is allowed.",
    columns: ["target", "cases", "findings", "outcomes", "most work"],
    rows: ({ printed }) =>
      printed.map((one) => [
        one.target,
        count(one.cases),
        one.findings,
        count(one.outcomes),
        `${Math.round(100 * one.worst)} %`,
      ]),
  },
  {
    name: "flood",
    task: "bench",
    script: "scripts/bench.ts",
    args: ["--only", "flood"],
    keepsAll: false,
    title: "Under attack",
    about:
      "A live manor while somebody throws datagrams at it: a new estate joins meanwhile and sends messages, " +
      "all of which must be delivered. Everything shares the machine's cores, the attacker too.",
    columns: ["what is thrown", "thrown/s", "join", "delivered/s", "CPU of the manor", "memory"],
    rows: ({ printed }) =>
      printed.filter(({ row }) => row).map(({ row, figures }) => {
        const of = (key: string, unit: string) =>
          figures[key] ? `${count(Math.round(figures[key].median))}${unit}` : "–";
        return [
          row.replace("flood-", ""),
          of("thrownPerSecond", ""),
          of("joinMs", " ms"),
          of("perSecond", ""),
          of("cpuPercent", " %"),
          of("rssMegabytes", " MB"),
        ];
      }),
  },
];

/** The page. */
export function pageOf(runs: readonly Run[]): string {
  const parts = KINDS.map((kind) => sectionOf(kind, runs.filter(({ of }) => of === kind.name)));
  return `${HEAD}\n${parts.join("\n")}`;
}

const HEAD = `# Reliability in figures

What the tests of reliability printed, put here by \`deno task reliability\` and by no hand: the figures
are in \`reliability.json\`. [Guarantees](guarantees.md) says what is promised, and which test holds each
promise; [security](security.md) what an attacker can and can't do.
`;

function sectionOf(kind: Kind, runs: readonly Run[]): string {
  const columns = kind.keepsAll ? [...kind.columns, "commit", "day"] : kind.columns;
  const rows = (kind.folded?.(runs) ?? runs).flatMap((run) =>
    kind.rows(run).map((row) => kind.keepsAll ? [...row, run.commit, run.date] : row)
  );
  const table = rows.length === 0
    ? ["Not run yet."]
    : [columns, columns.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
  const how = kind.summary?.(runs) ??
    [...new Set(runs.map(({ command }) => `\`${command}\``))].join(", ");
  const where = kind.keepsAll
    ? [...new Set(runs.map(({ machine }) => machine))].join("; ")
    : runs.map(({ commit, date, machine }) => `commit ${commit}, ${date}, ${machine}`).join("; ");
  const failed = runs.filter(({ passed }) => !passed).length;
  const foot = runs.length === 0 ? [] : [
    "",
    `${how}; ${where}.${failed > 0 && !kind.summary ? ` Runs with a finding: ${failed}.` : ""}`,
  ];
  return [`## ${kind.title}`, "", kind.about, "", ...table, ...foot, ""].join("\n");
}

/** Runs of the simulator; those whose seeds follow on each other's, of one commit and kind, as one. */
function adjoining(runs: readonly Run[]): Run[] {
  const folded: Run[] = [];
  for (const run of runs) {
    const last = folded.at(-1);
    if (last && isNext(last, run)) folded[folded.length - 1] = addedTo(last, run);
    else folded.push(run);
  }
  return folded;
}

function isNext(last: Run, run: Run): boolean {
  const [a] = last.printed;
  const [b] = run.printed;
  return last.commit === run.commit && a.to + 1 === b.from && a.attacked === b.attacked &&
    a.durable === b.durable;
}

function addedTo(last: Run, run: Run): Run {
  const [a] = last.printed;
  const [b] = run.printed;
  const sum = { ...a, to: b.to, outcomes: { delivered: 0 } };
  for (const key of ["findings", "virtualSeconds", "datagrams", "messages"]) {
    sum[key] = a[key] + b[key];
  }
  sum.outcomes.delivered = (a.outcomes.delivered ?? 0) + (b.outcomes.delivered ?? 0);
  return { ...run, passed: last.passed && run.passed, printed: [sum] };
}

/** Runs of the simulator from the last that found something on; all, if none did. */
function fromLastFinding(runs: readonly Run[]): readonly Run[] {
  return runs.slice(Math.max(0, runs.findLastIndex(({ passed }) => !passed)));
}

/** How many seeds ran in all, and how many found nothing since one did. */
function seedsOf(runs: readonly Run[]): string {
  const quiet = fromLastFinding(runs).filter(({ passed }) => passed);
  return `In all ${totalOf(runs)}; after the last finding ${totalOf(quiet)}`;
}

function totalOf(runs: readonly Run[]): string {
  const printed = runs.flatMap((run) => run.printed);
  const sum = (key: string) => printed.reduce((total, one) => total + one[key], 0);
  return `${count(sum("seeds"))} seeds, findings: ${count(sum("findings"))}`;
}

function count(n: number): string {
  return n.toLocaleString("en");
}
