/**
 * What a manor can be told: the one table from which raet.yaml, the environment (RAET_*), the options
 * of `raet up`, `raet init` and `raet config` are made. A setting has the same name everywhere; in the
 * environment `alivePeriodMs` is RAET_ALIVE_PERIOD_MS.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import { parseAddress } from "../base/address.ts";
import { RaetError } from "../base/errors.ts";
import { DURABLE_BYTES_MAX, DURABLE_MESSAGES_MAX } from "../base/limits.ts";
import { LOG_LEVELS, type LogThreshold } from "../base/log.ts";
import { checkOwnName, isOwnName } from "../base/names.ts";
import { GRANTS, READ_ONLY } from "../route/grants.ts";
import type { ManorOptions } from "./options.ts";
import { policyForm } from "./policy_form.ts";
import {
  booleanForm,
  choiceForm,
  choicesForm,
  integerForm,
  joinsForm,
  loopbackForm,
  type SettingForm,
  sharesForm,
  textForm,
} from "./setting_forms.ts";

type AutoMode = NonNullable<ManorOptions["auto"]>;

/** The ways to accept keys, from the strictest. */
const AUTO_MODES: readonly AutoMode[] = ["never", "once", "always"];
const GROUP_FORM = textForm(readGroup, "the name of a group");

/** What a manor can be told; what is missing it takes from its keep, or assumes. */
export interface Settings extends Omit<ManorOptions, "home" | "onEvent" | "log"> {
  /** up to which level the log is written */
  readonly logLevel?: LogThreshold;
  /** file of the log; a relative path begins at the home */
  readonly logFile?: string;
  /** where metrics are served over HTTP */
  readonly metrics?: Address;
}

/** The name of a setting. */
export type SettingName = keyof Settings;

/** One setting: how it is read, and what is said about it. */
export interface Setting<T = unknown> extends SettingForm<T> {
  /** what it is, one clause */
  readonly about: string;
  /** what holds where it is told nowhere, one clause */
  readonly assumed: string;
  /** a value as raet.yaml holds it */
  readonly example: string;
  /** how the option of `raet up` is declared; missing where there is none */
  readonly flag?: string;
  /** whether a change takes effect on SIGHUP, for maps that of additions */
  readonly live?: "yes" | "additions";
  /** the keep holds on to the first value: another one is refused */
  readonly kept?: true;
}

/** Every setting, in the order in which people are shown them. */
export const SETTINGS: { readonly [K in SettingName]-?: Setting<Settings[K]> } = {
  name: {
    ...textForm((text) => checkOwnName("estate", text)),
    about: "the estate's name",
    assumed: "the name of the host",
    example: "alpha",
    flag: "--name <name>",
    kept: true,
  },
  role: {
    ...textForm((text) => checkOwnName("role", text)),
    about: "whose keys it bears",
    assumed: "its name",
    example: "alpha",
    flag: "--role <role>",
    kept: true,
  },
  main: {
    ...booleanForm(),
    about: "let newcomers join",
    assumed: "false",
    example: "true",
    flag: "--main",
    kept: true,
  },
  listen: {
    ...textForm(parseAddress, `an address such as "0.0.0.0:7530", in quotes`),
    about: "UDP address to listen on; port 0 picks a free one, and keeps it",
    assumed: "0.0.0.0:7530",
    example: '"0.0.0.0:7530"',
    flag: "--listen <host:port>",
    kept: true,
  },
  join: {
    ...joinsForm(),
    about: "a main to join; may be several, each with the fingerprint of its key after =",
    assumed: "none",
    example: '["alpha.example:7530"]',
    flag: "--join <host:port>",
    live: "yes",
  },
  auto: {
    ...choiceForm(AUTO_MODES),
    about: "accept new keys: never, once or always",
    assumed: "never for a main, once for others",
    example: "never",
    flag: "--auto <mode>",
    live: "yes",
  },
  mutable: {
    ...booleanForm(),
    about: "known estates may change address, role or keys",
    assumed: "true",
    example: "true",
  },
  kind: {
    ...integerForm(0, 255),
    about: "an application's number for what kind of estate this is",
    assumed: "0",
    example: "0",
    kept: true,
  },
  alivePeriodMs: {
    ...integerForm(100, 3_600_000),
    about: "how often each estate is asked whether it is alive, in milliseconds",
    assumed: "5000",
    example: "5000",
    live: "yes",
  },
  sessionMs: {
    ...integerForm(10_000, 86_400_000),
    about: "how long the keys of one session are used, in milliseconds",
    assumed: "3600000",
    example: "3600000",
    live: "yes",
  },
  drainMs: {
    ...integerForm(0, 3_600_000),
    about: "how long open messages may still end when it is told to end, in milliseconds",
    assumed: "5000",
    example: "5000",
    live: "yes",
  },
  shares: {
    ...sharesForm(),
    about: "shares that exist though nobody claims them, and how many messages each may hold",
    assumed: "inbox only",
    example: "{ jobs: { hold: 100 } }",
    live: "additions",
  },
  policy: {
    ...policyForm(),
    about: "rules of which messages may pass, the first that matches decides (docs/policy.md)",
    assumed: "none: all may pass, but the road reaches no control",
    example: "[{ deny: in, to: { share: fun }, type: cmd }]",
    live: "yes",
  },
  group: {
    ...GROUP_FORM,
    // A number without quotes is the group's, too.
    fromYaml: (value) => GROUP_FORM.fromYaml(typeof value === "number" ? `${value}` : value),
    about: "group of users who may use this manor as operators (docs/operators.md)",
    assumed: "none",
    example: "raet-ops",
    flag: "--group <name>",
  },
  groupVerbs: {
    ...choicesForm(GRANTS),
    about: `what operators of the group may do: ${GRANTS.join(", ")}`,
    assumed: `what changes nothing: ${READ_ONLY.join(", ")}`,
    example: "[estates, yards, stats, send]",
    live: "yes",
  },
  durableMessages: {
    ...integerForm(1, 1_000_000),
    about: "durable messages that may wait to leave, and as many that came",
    assumed: String(DURABLE_MESSAGES_MAX),
    example: "20000",
    live: "yes",
  },
  durableBytes: {
    ...integerForm(1024, 999_999_999),
    about: "bytes of those, for each of both",
    assumed: String(DURABLE_BYTES_MAX),
    example: "100000000",
    live: "yes",
  },
  keepFormat: {
    ...choiceForm(["json", "msgpack"]),
    about: "how new files of the keep are written: json or msgpack",
    assumed: "json",
    example: "json",
  },
  logLevel: {
    ...choiceForm<LogThreshold>(["off", ...LOG_LEVELS]),
    about: `how much is logged: off, ${LOG_LEVELS.join(", ")}`,
    assumed: "info; off with --json and no log file",
    example: "info",
    flag: "--log-level <level>",
    live: "yes",
  },
  logFile: {
    ...textForm(readPath, "the path of a file"),
    about: "file of the log; a relative path begins at the home",
    assumed: "none: the log goes to stderr",
    example: "raet.log",
    flag: "--log-file <path>",
    live: "yes",
  },
  metrics: {
    ...loopbackForm(),
    about: "loopback address to serve /metrics and /healthz on, over HTTP",
    assumed: "none",
    example: '"127.0.0.1:9464"',
    flag: "--metrics <host:port>",
    live: "yes",
  },
};

/** The names of all settings. */
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** One setting, of whatever type. */
export function settingOf(name: SettingName): Setting {
  return SETTINGS[name];
}

/** The variable of the environment that gives a setting. */
export function variableOf(name: SettingName): string {
  return `RAET_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
}

/** A name for an estate from the name of its host: what can't stand in a name becomes a dash. */
export function nameOfHost(hostName: string): string {
  const name = hostName.split(".")[0].replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "");
  const short = name.slice(0, 63);
  return isOwnName("estate", short) ? short : "raet";
}

function readGroup(group: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(group)) return group;
  throw new RaetError("usage", `"${group}" can't be a group: expected its name or its number`);
}

function readPath(path: string): string {
  if (path !== "" && !path.includes("\0")) return path;
  throw new RaetError("usage", `"${path}" is not the path of a file`);
}
