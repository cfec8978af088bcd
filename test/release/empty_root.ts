/**
 * A root with next to nothing in it: dash, busybox, and the C library that the runtime is linked to. What
 * runs in it finds no more of this machine than a new one has.
 */
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

const SHELLS = { dash: "/bin/dash", busybox: "/bin/busybox" } as const;
const has = (command: string) => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;

/** Why there can't be one here, or false. */
export const NO_ROOT: string | false = process.getuid?.() !== 0
  ? "needs root, for chroot"
  : ["dash", "busybox", "unshare", "chroot", "ldd"].filter((command) => !has(command))
    .map((command) => `${command} is not installed here (Debian: dash, busybox-static)`)[0] ??
    false;

/** What a run in the root did. */
export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Makes a root in a folder. @param program whose libraries are brought along */
export function makeRoot(folder: string, program: string): EmptyRoot {
  for (const name of ["bin", "dev", "proc", "tmp", "root", "etc"]) fs.mkdirSync(join(folder, name));
  fs.chmodSync(join(folder, "tmp"), 0o1777);
  for (const name of Object.keys(SHELLS)) {
    const path = execFileSync("sh", ["-c", `readlink -f "$(command -v ${name})"`], {
      encoding: "utf8",
    }).trim();
    bring(folder, path, `/bin/${name}`);
  }
  const list = execFileSync(join(folder, "bin/busybox"), ["--list"], { encoding: "utf8" });
  for (const applet of list.trim().split("\n")) {
    if (applet !== "sh" && applet !== "busybox") {
      fs.symlinkSync("busybox", join(folder, "bin", applet));
    }
  }
  fs.symlinkSync("dash", join(folder, "bin/sh"));
  bringLibraries(folder, program);
  return new EmptyRoot(folder);
}

/** A root at work. */
export class EmptyRoot {
  constructor(readonly folder: string) {}

  /** Runs a line of shell in it, by dash or by busybox's, in namespaces that go away with it. */
  run(line: string, shell: keyof typeof SHELLS = "dash"): Ran {
    const outer = 'mount -t proc proc "$1/proc" && mount -t tmpfs tmpfs "$1/dev" && ' +
      'touch "$1/dev/null" "$1/dev/urandom" && mount --bind /dev/null "$1/dev/null" && ' +
      'mount --bind /dev/urandom "$1/dev/urandom" && shift && exec chroot "$@"';
    const inner = shell === "dash" ? ["/bin/dash"] : ["/bin/busybox", "sh"];
    const env = ["/bin/busybox", "env", "-i", "PATH=/bin", "HOME=/root"];
    const args = ["-m", "-p", "-f", "-n", "sh", "-c", outer, "sh", this.folder, this.folder];
    const { status, stdout, stderr } = spawnSync(
      "unshare",
      [...args, ...env, ...inner, "-c", line],
      { encoding: "utf8", timeout: 100_000 },
    );
    return { status, out: stdout, err: stderr };
  }

  /** Every file below a folder of it. */
  files(below: string): string[] {
    const folder = join(this.folder, below);
    if (!fs.existsSync(folder)) return [];
    return fs.readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort();
  }
}

function bringLibraries(folder: string, program: string): void {
  const said = spawnSync("ldd", [program], { encoding: "utf8" }).stdout;
  for (const [, path] of said.matchAll(/(?:=> |^\s+)(\/\S+) \(/gm)) bring(folder, path, path);
}

function bring(folder: string, path: string, as: string): void {
  const target = join(folder, as);
  fs.mkdirSync(dirname(target), { recursive: true });
  fs.copyFileSync(fs.realpathSync(path), target);
  fs.chmodSync(target, 0o755);
}
