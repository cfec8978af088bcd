/** What root does in a home that belongs to the service's user, who may have prepared it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { RAET } from "../support/programs.ts";
import { TemporaryFolder } from "../support/temporary.ts";

const canUnshare = spawnSync("unshare", ["--mount", "true"]).status === 0;
const skip = existsSync("/run/systemd/system")
  ? "systemd runs here, and would be told"
  : !canUnshare && "needs root, for mounts of its own";

/**
 * Has root install the service on a host of its own, where user raet has the home already and `prepare`
 * was done in it; whose its raet.yaml and the file of root's beside it are then.
 */
function install(
  prepare: string,
  options: readonly string[] = [],
): { exit: number | null; err: string; owners: string[] } {
  using folder = new TemporaryFolder();
  const script = `
    set -e
    cd "$1"
    cp -a /etc etc
    echo "raet:x:42421:42421::/var/lib/raet:/" >> etc/passwd
    mount --bind etc /etc
    mkdir lib
    mount --bind lib /var/lib
    mkdir -m 700 /var/lib/raet
    echo "# for root alone" > /var/lib/root.yaml
    ${prepare}
    chown -h 42421:42421 /var/lib/raet
    cd "$2"
    shift 2
    "$@" >&2 || exit
    stat -L -c %u /var/lib/raet/raet.yaml
    stat -c %u /var/lib/root.yaml`;
  const words = [
    "--mount",
    "sh",
    "-c",
    script,
    "sh",
    folder.path,
    process.cwd(),
    RAET.file,
    ...RAET.args,
    "service",
    "install",
    "--program",
    "/usr/bin/env",
    ...options,
  ];
  const { status, stdout, stderr } = spawnSync("unshare", words, { encoding: "utf8" });
  return { exit: status, err: stderr, owners: stdout.trim().split("\n") };
}

describe("raet service install, where the service's user has its home already", { skip }, () => {
  it("gives it the settings that root wrote", () => {
    const { exit, err, owners } = install("echo 'name: alpha' > /var/lib/raet/raet.yaml");
    assert.deepEqual([exit, owners], [0, ["42421", "0"]], err);
  });

  it("gives it the settings that are written now", () => {
    const { exit, err, owners } = install("true");
    assert.deepEqual([exit, owners], [0, ["42421", "0"]], err);
  });

  it("gives it no file of root's to which it has put a link there", () => {
    for (const link of ["ln -s", "ln"]) {
      const { exit, err, owners } = install(`${link} /var/lib/root.yaml /var/lib/raet/raet.yaml`);
      assert.deepEqual([exit, owners], [0, ["0", "0"]], err);
    }
  });

  it("makes it no member of a group that only it has named", () => {
    const prepare = "echo 'group: disk' > /var/lib/raet/raet.yaml";
    const { exit, err } = install(prepare);
    assert.equal(exit, 78);
    assert.match(err, /gives the service to group "disk", .*: expected --group disk, too/);
    const confirmed = install(prepare, ["--group", "disk"]);
    assert.equal(confirmed.exit, 0, confirmed.err);
    assert.equal(install(prepare, ["--group", "tty"]).exit, 78, "they say different groups");
  });
});
