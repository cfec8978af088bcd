/**
 * The text of the systemd units: one for a host, as a user of its own and locked in, and one for a
 * single user's own manager. Pure.
 *
 * @module
 */

/** The name of the unit, of the user that it runs as, and of its folders below /var. */
export const SERVICE = "raet";
/** The home of a host's service: systemd makes it, as its StateDirectory. */
export const SYSTEM_HOME = `/var/lib/${SERVICE}`;

/** What systemd-sysusers makes the user of. */
export const SYSUSERS = `u ${SERVICE} - "RAET estate" ${SYSTEM_HOME}\n`;

const HEAD = `[Unit]
Description=RAET estate
Documentation=man:raet(1)
Wants=network-online.target
After=network-online.target
`;

// The exit codes are usage, home_in_use and bad_config: what a restart doesn't mend.
const RUNNING = `Type=notify
NotifyAccess=main
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=30
Restart=on-failure
RestartSec=2
RestartPreventExitStatus=1 8 78
# The drain (setting drainMs) asks for more by itself.
TimeoutStopSec=30
UMask=0077`;

// What a manager without privileges can do too.
const LOCKED = `NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
# The road is UDP; the lane and the service manager are Unix sockets.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# MemoryDenyWriteExecute=yes can't be had: the program is compiled as it runs.`;

const LOCKED_IN = `CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateDevices=yes
PrivateTmp=yes
RemoveIPC=yes`;

/**
 * The unit of a host.
 *
 * @param command the program and its first arguments; `up` comes after
 * @param group the one that its operators are of. The service is of it first, so that its home and its
 *   socket are the group's as they are made, and the call that gives files away stays shut.
 */
export function systemUnit(command: readonly string[], group: string | null = null): string {
  const groups = group === null ? `Group=${SERVICE}` : `Group=${group}
SupplementaryGroups=${SERVICE}`;
  return `${HEAD}
[Service]
ExecStart=${commandLine([...command, "up"])}
${RUNNING}

User=${SERVICE}
${groups}
Environment=RAET_HOME=${SYSTEM_HOME} XDG_CACHE_HOME=/var/cache/${SERVICE}
StateDirectory=${SERVICE}
StateDirectoryMode=${group === null ? "0700" : "0710"}
CacheDirectory=${SERVICE}
CacheDirectoryMode=0700

${LOCKED}
${LOCKED_IN}

[Install]
WantedBy=multi-user.target
`;
}

/** The unit of one user, with the home given. @param group as for a host's; the user is a member of it */
export function userUnit(
  command: readonly string[],
  home: string,
  group: string | null = null,
): string {
  const giving = group === null ? "" : `
# It gives the socket of its operators to their group. No capability: it can give to its own groups only.
SystemCallFilter=@chown`;
  return `${HEAD}
[Service]
ExecStart=${commandLine([...command, "--home", home, "up"])}
${RUNNING}

# A user's manager can't shut the file system off as a host's can: see raet service install.
${LOCKED}${giving}

[Install]
WantedBy=default.target
`;
}

/** Words as a line of a unit holds them: nothing in them is a specifier, a variable or a blank. */
function commandLine(words: readonly string[]): string {
  return words.map((word, i) => {
    const literal = word.replaceAll("%", "%%");
    const plain = i === 0 ? literal : literal.replaceAll("$", "$$$$"); // the program's is no variable
    if (/^[\w@%+=:,./$-]+$/.test(plain)) return plain;
    const escaped = plain.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
    return `"${escaped}"`;
  }).join(" ");
}
