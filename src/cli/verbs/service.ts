/**
 * `raet service`: the manor as a service of systemd.
 *
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import nodePath from "node:path";
import { ERROR_TABLE, RaetError } from "../../base/errors.ts";
import { BUILD } from "../../io/build.ts";
import type { Settings } from "../../manor/settings.ts";
import type { ServiceScope, ServiceStatus } from "../service/manage.ts";
import type { Session } from "../session.ts";
import { addSettingOptions, readSettingOptions } from "../setting_options.ts";
import { paint, type Style } from "../text.ts";
import type { Verb } from "../verb.ts";

const ACTIONS = ["install", "uninstall", "status"] as const;

/** How it was called. */
interface Options {
  readonly user?: true;
  readonly now?: true;
  readonly root?: string;
  readonly program?: string;
}

/** Installs, uninstalls and shows a service. */
export const serviceVerb: Verb = {
  name: "service",
  summary: "run the manor as a service of systemd",
  places: ["command"],
  examples: [
    ["service install --main --now", "by root: of this host, as the user raet; starts it too"],
    ["service install --user --join alpha.example:7530", "of yours, in your own home"],
    ["service status", "for a script: exit code 6 if it does not run"],
    [
      "service install --root ./image --program /usr/bin/raet",
      "for a package: only writes the unit, and what makes its user",
    ],
  ],
  notes: [
    "A host's service has its home in /var/lib/raet, which only its own user reaches. Its operators run",
    "the console as that user: sudo -u raet raet --home /var/lib/raet repl. It is locked in by systemd;",
    "the program must lie outside of /home, /root and /tmp. Settings told here are written to raet.yaml;",
    "one that is there is left as it is (bad_config). systemctl reload raet reads it anew. A user's",
    "service runs while that user is logged in, or always after loginctl enable-linger.",
    "With --group, or a group in the raet.yaml that is there, its operators need no sudo; install again",
    "once that changes. uninstall leaves the user, the home and its keys.",
  ],
  json: [
    'install: {"unit","user","home","told","program"}  told: whether systemd runs here and was told',
    'uninstall: {"unit","user","home","told"}',
    'status: {"unit","installed","state","enabled","pid","says"}',
  ],
  completions: [ACTIONS],
  define(command, session) {
    command
      .addArgument(new Argument("<action>", "what to do").choices(ACTIONS))
      .option("--user", "a service of yours, not of the host")
      .option("--now", "install: start it at once")
      .option("--root <dir>", "install, uninstall: a folder that stands for /; nothing is run")
      .option("--program <path>", "install: the program that it starts (default: this one)");
    addSettingOptions(command);
    command.action(async (...[action, options]: unknown[]) => {
      const told = readSettingOptions(options as Record<string, unknown>);
      await run(session, action as typeof ACTIONS[number], options as Options, told);
    });
  },
};

async function run(
  session: Session,
  action: typeof ACTIONS[number],
  options: Options,
  settings: Settings,
): Promise<void> {
  const { output, env, home } = session;
  const root = options.root === undefined ? null : nodePath.resolve(options.root);
  const scope: ServiceScope = { user: options.user === true, root, home, env };
  checkOptions(action, options, settings);
  const { install, statusOf, uninstall } = await import("../service/manage.ts");
  if (action === "status") return tellStatus(session, await statusOf(scope));
  if (action === "uninstall") {
    const change = await uninstall(scope);
    const kept = ` ${change.unit}; ${change.home} and its keys stay`;
    return output.record(change, [paint("green", "removed"), kept]);
  }
  const { programCommand } = await import("../service/places.ts");
  const command = programCommand(options.program, BUILD.how, env);
  const change = await install(scope, command, settings, options.now === true);
  const record = { ...change, program: command[0] };
  output.record(record, [
    paint("green", "written"),
    ` ${change.unit}: it starts ${command[0]}, for home ${change.home}`,
  ]);
  if (output.json || root !== null) return;
  const systemctl = scope.user ? "systemctl --user" : "systemctl";
  if (!change.told) output.note(`systemd was not told: next ${systemctl} daemon-reload`);
  else if (!options.now) output.note(`it starts at boot; now: ${systemctl} start raet`);
}

function checkOptions(action: string, options: Options, settings: Settings): void {
  const isInstall = action === "install";
  const told = Object.keys(settings).length > 0;
  if (!isInstall && (told || options.now || options.program !== undefined)) {
    throw new RaetError("usage", `service ${action} takes --user and --root only`);
  }
  if (options.root === undefined) return;
  if (action === "status" || options.user || options.now || told) {
    throw new RaetError(
      "usage",
      `with --root only the host's unit is written: expected no --user, --now or setting, and no status`,
    );
  }
}

function tellStatus(session: Session, status: ServiceStatus): void {
  const { unit, installed, state, enabled, pid, says } = status;
  const style: Style = state === "active" ? "green" : state === "failed" ? "red" : "yellow";
  const shown = !installed
    ? [paint("yellow", "not installed"), `: there is no ${unit}`]
    : state === "unknown"
    ? [paint("yellow", "installed"), ` as ${unit}; systemd does not run here`]
    : [paint(style, state), `${pid ? `, process ${pid}` : ""}; at boot: ${enabled}; ${unit}`];
  session.output.record(status, shown, ...(says === "" ? [] : [says]));
  if (state !== "active") session.setExitCode(ERROR_TABLE.no_manor.exit);
}
