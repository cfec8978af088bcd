/**
 * A host that systemd runs, in namespaces of its own: its root is this machine's with a layer over it that
 * goes away, and nothing of it is seen outside.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import process from "node:process";

const SYSTEMD = "/lib/systemd/systemd";
const BOOT_MS_MAX = 30_000;

/** Why there can't be one here, or false. */
export const NO_SYSTEMD: string | false = process.platform !== "linux" || process.getuid?.() !== 0
  ? "needs root, for namespaces"
  : !fs.existsSync(SYSTEMD)
  ? "systemd is not installed here"
  : ["unshare", "nsenter", "runuser", "systemd-sysusers", "ip"]
    .filter((command) => spawnSync("sh", ["-c", `command -v ${command}`]).status !== 0)
    .map((command) => `${command} is not installed here`)[0] ?? false;

/** Mounts are of this script's own namespace, and go with it. $1: an empty folder; $2: one to take in. */
const BOOT = `set -e
top=$1 root=$1/root
mount -t tmpfs tmpfs "$top"
mkdir "$top/upper" "$top/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$root"
mkdir -p "$root/opt/raet-given" "$root/outside"
cp -r "$2/." "$root/opt/raet-given"
printf '[Unit]\\nDescription=test\\n' > "$root/etc/systemd/system/raet-test.target"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t sysfs sysfs "$root/sys"
if ! mount -t tmpfs tmpfs "$root/sys/fs/cgroup" || ! mkdir "$root/sys/fs/cgroup/systemd" ||
  ! mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"; then
  umount "$root/sys/fs/cgroup"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
fi
mount -t tmpfs tmpfs "$root/dev"
for device in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 666 "$root/dev/\${device%:*}" c 1 "\${device#*:}"
done
mknod -m 666 "$root/dev/tty" c 5 0
mkdir "$root/dev/shm" "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ip link set lo up
cd "$root"
pivot_root . outside
umount -l /outside
exec env -i container=raet-test PATH=/usr/sbin:/usr/bin:/sbin:/bin ${SYSTEMD} --system --unit=raet-test.target
`;

/** What a line of shell did. */
export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A host that runs. */
export class SystemdHost implements Disposable {
  readonly #child: ChildProcess;
  #init = 0;
  #said = "";

  private constructor(folder: string, given: string) {
    const flags = ["-m", "-p", "-f", "-n", "-i", "-u", "--cgroup", "--kill-child=SIGKILL"];
    this.#child = spawn("unshare", [...flags, "sh", "-c", BOOT, "boot", folder, given], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on("data", (text) => this.#said = (this.#said + text).slice(-2000));
    }
  }

  /**
   * Boots one.
   *
   * @param folder an empty one, for its layer
   * @param given a folder of whose files it has a copy in /opt/raet-given
   * @returns the host, or why none could be had
   */
  static async boot(folder: string, given: string): Promise<SystemdHost | string> {
    const host = new SystemdHost(folder, given);
    const end = performance.now() + BOOT_MS_MAX;
    while (host.#child.exitCode === null && performance.now() < end) {
      await pause(200);
      const { pid } = host.#child;
      host.#init = Number(fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim()) || 0;
      if (host.#init === 0) continue;
      const { out } = host.run("systemctl is-system-running");
      if (/^(?:running|degraded)$/m.test(out)) return host;
    }
    host[Symbol.dispose]();
    return `systemd does not boot here: ${host.#said.trim().split("\n").at(-1)}`;
  }

  /** Runs a line of shell there, as root. */
  run(line: string): Ran {
    const namespaces = ["-m", "-p", "-n", "-i", "-u", "-r", "-w"];
    const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const { status, stdout, stderr } = spawnSync(
      "nsenter",
      ["-t", String(this.#init), ...namespaces, "sh", "-c", line],
      { encoding: "utf8", timeout: 60_000, env: { PATH, HOME: "/root" } },
    );
    return { status, out: stdout, err: stderr };
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}
