/**
 * A release, as those who download it have it: its files, its sums, its pages, and install.sh in a root
 * that has next to nothing.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { OWN_TARGET } from "../../scripts/compile/product.ts";
import { release } from "../../scripts/release.ts";
import { entryOf } from "../../scripts/release/notes.ts";
import { sbomFault } from "../../scripts/release/sbom.ts";
import { shareFiles } from "../../scripts/release/share.ts";
import { skipNow } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary.ts";
import { makeRoot, NO_ROOT } from "./empty_root.ts";
import { NO_SYSTEMD, SystemdHost } from "./systemd_host.ts";

const PROGRAM = `raet-${OWN_TARGET}`;
const { version } = JSON.parse(fs.readFileSync("package.json", "utf8"));
const has = (command: string) => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
const shells = [["dash"], ["busybox", "sh"]].filter(([command]) => has(command));

describe("a release", () => {
  const folder = new TemporaryFolder();
  const dist = folder.at("release");
  let count = 0;
  /** A copy of the release that can be spoilt. */
  const copy = () => {
    const path = folder.at(`copy ${++count}`);
    fs.cpSync(dist, path, { recursive: true });
    return path;
  };
  const prefixes = () => folder.at(`prefix ${++count}`);
  const install = (shell: string[], ...args: string[]) =>
    spawnSync(shell[0], [...shell.slice(1), "install.sh", ...args], {
      cwd: dist,
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: folder.path, TMPDIR: folder.path },
    });

  before(async () => {
    const { faults } = await release({ folder: dist, targets: [OWN_TARGET], how: "sfx" });
    assert.deepEqual(faults, []);
  });
  after(() => folder[Symbol.dispose]());

  it("has every file, and each in SHA256SUMS", () => {
    const names = fs.readdirSync(dist).filter((name) => name !== "SHA256SUMS").sort();
    assert.deepEqual(
      names,
      [
        `CHANGELOG-${version}.md`,
        "install.sh",
        `raet-${version}.cdx.json`,
        `raet-raet-${version}.tgz`,
        "raet-share.tar.gz",
        PROGRAM,
      ].sort(),
    );
    const lines = names.map((name) => {
      const bytes = fs.readFileSync(join(dist, name));
      return `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`;
    });
    assert.equal(fs.readFileSync(join(dist, "SHA256SUMS"), "utf8"), lines.join(""));
  });

  it("has a list of what it is made of that CycloneDX's schema takes", async () => {
    const text = fs.readFileSync(join(dist, `raet-${version}.cdx.json`), "utf8");
    assert.equal(await sbomFault(text), null);
    const { components, dependencies } = JSON.parse(text);
    const names = components.map(({ group, name }: Record<string, string>) =>
      group ? `${group}/${name}` : name
    );
    const own = Object.keys(JSON.parse(fs.readFileSync("package.json", "utf8")).dependencies);
    for (const name of [...own, "libsodium", "deno"]) assert.ok(names.includes(name), name);
    assert.ok(!names.includes("typescript"), "nothing that only builds it");
    assert.ok(dependencies.length >= names.length);
    const broken = text.replace('"type": "library"', '"type": "book"');
    assert.notEqual(await sbomFault(broken), null, "and the schema can say no");
  });

  for (const shell of shells) {
    it(`is installed and taken away again by ${shell[0]}`, () => {
      const prefix = prefixes();
      const { status, stdout, stderr } = install(shell, "--prefix", prefix);
      assert.equal(status, 0, stderr);
      assert.match(stdout, new RegExp(`^raet ${version} is installed as ${prefix}/bin/raet\n`));
      assert.match(stdout, /is not in PATH/);
      const files = filesBelow(prefix);
      const expected = [...shareFiles(new Date()).keys()].map((name) => `share/${name}`);
      assert.deepEqual(files, ["bin/raet", "share/raet/installed", ...expected].sort());
      assert.equal(fs.statSync(join(prefix, "bin/raet")).mode & 0o777, 0o755);
      assert.equal(install(shell, "--prefix", prefix).status, 0, "again, over itself");
      assert.deepEqual(filesBelow(prefix), files);
      const gonePage = "share/man/man1/raet-gone.1"; // as an older release could have it
      fs.writeFileSync(join(prefix, gonePage), "");
      fs.appendFileSync(join(prefix, "share/raet/installed"), `${gonePage}\n`);
      assert.equal(install(shell, "--prefix", prefix).status, 0, "again, over an older one");
      assert.deepEqual(filesBelow(prefix), files);
      fs.writeFileSync(join(prefix, "bin/other"), "");
      const gone = install(shell, "--uninstall", "--prefix", prefix);
      assert.equal(gone.status, 0, gone.stderr);
      assert.deepEqual(filesBelow(prefix), ["bin/other"], "and nothing else went");
      const again = install(shell, "--uninstall", "--prefix", prefix);
      assert.deepEqual([again.status, /raet is not installed in/.test(again.stderr)], [1, true]);
    });

    it(`is refused by ${shell[0]} if a file is not what its sum says`, () => {
      for (const name of [PROGRAM, "raet-share.tar.gz"]) {
        const [from, prefix] = [copy(), prefixes()];
        fs.appendFileSync(join(from, name), "x");
        const { status, stderr } = install(shell, "--from", from, "--prefix", prefix);
        assert.equal(status, 1);
        assert.match(
          stderr,
          new RegExp(`^install: "${name}" has the sum .*nothing was installed\n$`),
        );
        assert.deepEqual(filesBelow(prefix), []);
      }
      const [from, prefix] = [copy(), prefixes()];
      fs.writeFileSync(join(from, "SHA256SUMS"), `${"0".repeat(64)}  other\n`);
      const unnamed = install(shell, "--from", from, "--prefix", prefix);
      assert.match(unnamed.stderr, /SHA256SUMS does not name "raet-/);
      fs.rmSync(join(from, "SHA256SUMS"));
      const none = install(shell, "--from", from, "--prefix", prefix);
      assert.match(none.stderr, /SHA256SUMS" is not there: expected the files of a release/);
      assert.deepEqual(filesBelow(prefix), []);
    });

    it(`is refused by ${shell[0]} if the program does not run here`, () => {
      const [from, prefix] = [copy(), prefixes()];
      const other = "#!/bin/sh\nexit 3\n";
      fs.writeFileSync(join(from, PROGRAM), other);
      const sums = fs.readFileSync(join(from, "SHA256SUMS"), "utf8");
      const sum = createHash("sha256").update(other).digest("hex");
      const lines = sums.replace(new RegExp(`^.*  ${PROGRAM}$`, "m"), `${sum}  ${PROGRAM}`);
      fs.writeFileSync(join(from, "SHA256SUMS"), lines);
      const { status, stderr } = install(shell, "--from", from, "--prefix", prefix);
      assert.deepEqual([status, /does not run on this machine/.test(stderr)], [1, true], stderr);
      assert.deepEqual(filesBelow(prefix), []);
    });

    it(`says by ${shell[0]} what is wrong with its arguments`, () => {
      const cases: [string[], RegExp][] = [
        [["--form", "x"], /^install: unknown argument "--form": expected/],
        [["--prefix", "/nowhere", "--from"], /^install: --from has no value/],
        [["--from", "/nowhere", "--prefix"], /^install: --prefix has no value/],
        [["--from", "/nowhere", "--prefix", ""], /^install: --prefix has no value/],
        [["--prefix", "here"], /^install: prefix "here" is not the absolute path/],
        [["--from", "/nowhere"], /^install: "\/nowhere\/SHA256SUMS" is not there/],
      ];
      for (const [args, message] of cases) {
        const { status, stderr, stdout } = install(shell, ...args);
        assert.deepEqual([status, stdout], [1, ""], args.join(" "));
        assert.match(stderr, message);
      }
      const help = install(shell, "--help");
      assert.equal(help.status, 0);
      assert.match(help.stdout, /^Installs raet: .*\n\n {4}sh install\.sh \[--from FOLDER\|URL\]/);
    });
  }

  it(
    "is installed from a URL",
    { skip: !has("curl") && !has("wget") && "no curl, no wget" },
    async () => {
      const asked: string[] = [];
      const server = createServer(({ url = "" }, response) => {
        asked.push(url);
        const path = join(dist, url.slice("/v1/".length));
        if (!url.startsWith("/v1/") || !fs.existsSync(path)) {
          return void response.writeHead(404).end();
        }
        fs.createReadStream(path).pipe(response);
      }).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const run = (from: string, prefix: string) =>
        new Promise<{ status: number | null; err: string }>((resolve) => {
          const args = ["install.sh", "--from", from, "--prefix", prefix];
          const env = { ...process.env, no_proxy: "127.0.0.1", TMPDIR: folder.path };
          const child = spawn("sh", args, { cwd: dist, env });
          let err = "";
          child.stderr.on("data", (text) => err += text);
          child.on("close", (status) => resolve({ status, err }));
        });
      try {
        const prefix = prefixes();
        const done = await run(`${base}/v1`, prefix);
        assert.equal(done.status, 0, done.err);
        assert.ok(fs.existsSync(join(prefix, "bin/raet")));
        assert.deepEqual(
          asked,
          ["SHA256SUMS", PROGRAM, "raet-share.tar.gz"].map((n) => `/v1/${n}`),
        );
        const none = await run(`${base}/v2`, prefixes());
        assert.deepEqual([none.status, /can't be fetched/.test(none.err)], [1, true], none.err);
      } finally {
        server.close();
      }
    },
  );

  it("takes away nothing outside of its prefix", () => {
    const prefix = prefixes();
    fs.mkdirSync(join(prefix, "share/raet"), { recursive: true });
    const precious = folder.at("precious");
    fs.writeFileSync(precious, "");
    fs.writeFileSync(join(prefix, "share/raet/installed"), "../precious\n");
    const { status, stderr } = install(["sh"], "--uninstall", "--prefix", prefix);
    assert.deepEqual([status, /expected files below the prefix/.test(stderr)], [1, true]);
    assert.ok(fs.existsSync(precious));
  });

  it(
    "is installed in a root that has only dash, busybox and a C library",
    { skip: NO_ROOT },
    () => {
      const path = folder.at("root");
      fs.mkdirSync(path);
      const root = makeRoot(path, Deno.execPath());
      fs.cpSync(dist, join(path, "release"), { recursive: true });
      for (const shell of ["dash", "busybox"] as const) {
        const sh = shell === "dash" ? "sh" : "busybox sh";
        const done = root.run(`${sh} /release/install.sh`, shell);
        assert.equal(done.status, 0, done.err);
        assert.match(
          done.out,
          /^raet \S+ is installed as \/usr\/local\/bin\/raet\n/,
          "root's prefix",
        );
        const { status, out, err } = root.run("/usr/local/bin/raet version --json", shell);
        assert.equal(status, 0, err);
        assert.equal(JSON.parse(out).version, version);
        const gone = root.run(`${sh} /release/install.sh --uninstall`, shell);
        assert.equal(gone.status, 0, gone.err);
        assert.deepEqual(root.files("usr/local"), []);
      }
      assert.deepEqual(root.files("tmp"), [], "and nothing is left over");
    },
  );

  it(
    "runs as a service of a host's systemd, from install to uninstall",
    { skip: NO_SYSTEMD },
    async (t) => {
      const layer = folder.at("layer");
      fs.mkdirSync(layer);
      const booted = await SystemdHost.boot(layer, dist);
      if (typeof booted === "string") return skipNow(t, booted);
      using host = booted;
      const run = (line: string) => {
        const { status, out, err } = host.run(line);
        assert.equal(status, 0, `${line}: ${out}${err}${host.run("journalctl -o cat -n 20").out}`);
        return out;
      };
      run("sh /opt/raet-given/install.sh");
      run("raet service install --name alpha --main --listen 127.0.0.1:7530 --now");
      const status = JSON.parse(run("raet service status --json"));
      assert.deepEqual([status.installed, status.state, status.enabled], [
        true,
        "active",
        "enabled",
      ]);
      assert.equal(status.says, "alpha at 127.0.0.1:7530: 0 of 0 estates alive");
      assert.equal(run("stat -c '%U %a' /var/lib/raet").trim(), "raet 700");
      const { out: limits } = host.run(`cat /proc/${status.pid}/status`);
      assert.match(limits, /^NoNewPrivs:\s+1$/m);
      assert.match(limits, /^Seccomp:\s+2$/m);

      const asOperator = "cd /; runuser -u raet -- raet --home /var/lib/raet";
      assert.match(run(`${asOperator} keys`), /^alpha +own /m);
      assert.match(
        run(`echo yards | runuser -u raet -- raet --home /var/lib/raet repl`),
        /^YARD /m,
      );
      const asRoot = host.run("raet --home /var/lib/raet keys");
      assert.equal(asRoot.status, 6);
      assert.match(asRoot.err, /no manor is running for home .* that other users may use/);

      run("echo 'auto: always' >> /var/lib/raet/raet.yaml; systemctl reload raet");
      run(
        "for i in $(seq 100); do journalctl -o cat | grep -q '> always (raet.yaml)' && exit 0; sleep 0.1; done; exit 1",
      );
      run("systemctl stop raet");
      assert.match(run("systemctl show raet -p Result -p ExecMainStatus"), /Result=success/);
      assert.equal(host.run("raet service status").status, 6);
      run("raet service uninstall");
      assert.equal(host.run("systemctl cat raet").status, 1, "systemd knows it no more");
      run("test -d /var/lib/raet/keep && test ! -e /etc/systemd/system/raet.service");
    },
  );

  it(
    "lets the operators of a group in where it is a service, of a host or of a user",
    { skip: NO_SYSTEMD },
    async (t) => {
      const layer = folder.at("layer of operators");
      fs.mkdirSync(layer);
      const booted = await SystemdHost.boot(layer, dist);
      if (typeof booted === "string") return skipNow(t, booted);
      using host = booted;
      const run = (line: string, status = 0) => {
        const ran = host.run(`cd /; ${line}`);
        const log = host.run("journalctl -o cat -n 20").out;
        assert.equal(ran.status, status, `${line}: ${ran.out}${ran.err}${log}`);
        return ran.out + ran.err;
      };
      run("sh /opt/raet-given/install.sh");
      run("groupadd raet-ops && useradd -m -G raet-ops olga && useradd -m -G raet-ops otto");
      run("useradd -m stranger");
      const keysFor = (user: string, home: string, status = 0) =>
        run(`runuser -u ${user} -- raet --home ${home} keys`, status);

      const [home, told] = ["/var/lib/raet", "--name alpha --listen 127.0.0.1:7530"];
      assert.match(run(`raet service install ${told} --group nobodys`, 78), /there is no group/);
      run("test ! -e /etc/systemd/system/raet.service");
      run(`raet service install ${told} --group raet-ops --now`);
      assert.match(keysFor("olga", home), /^alpha +own /m);
      assert.match(keysFor("raet", home), /^alpha +own /m);
      assert.match(keysFor("stranger", home, 5), /expected its owner, or a member of the group/);
      const modes = () => run(`stat -c '%G %a' ${home} ${home}/keep ${home}/raet.yaml`);
      assert.equal(modes(), "raet-ops 710\nraet-ops 700\nraet-ops 600\n");
      run(`sed -i '/^group:/d' ${home}/raet.yaml && raet service install --now`);
      keysFor("olga", home, 5);
      assert.match(modes(), /^raet 700$/m);
      run(`echo 'group: raet-ops' >> ${home}/raet.yaml`);
      assert.match(run("raet service install --now", 78), /expected --group raet-ops, too/);
      run("raet service install --group raet-ops --now");
      assert.match(keysFor("olga", home), /^alpha +own /m);

      // A user's own manager, as a login would start it.
      run("mkdir -p /run/user/1 && chown olga /run/user/1 && chmod 711 /home/olga");
      const env = "HOME=/home/olga XDG_RUNTIME_DIR=/run/user/1";
      run(
        `printf '[Service]\nType=notify\nDelegate=yes\nUser=olga\nEnvironment=${env}\n` +
          `ExecStart=/lib/systemd/systemd --user\n' > /etc/systemd/system/olgas.service && ` +
          "systemctl daemon-reload && systemctl start olgas",
      );
      const own = "--user --name olga --listen 127.0.0.1:7531 --group raet-ops --now";
      run(`runuser -u olga -- env ${env} raet service install ${own}`);
      assert.match(keysFor("otto", "/home/olga/.raet"), /^olga +own /m);
      keysFor("stranger", "/home/olga/.raet", 5);
    },
  );
});

describe("the man pages", () => {
  const pages = [...shareFiles(new Date(0))].filter(([name]) => name.startsWith("man/"));

  it(
    "are without fault for mandoc",
    { skip: !has("mandoc") && "mandoc is not installed here" },
    () => {
      using folder = new TemporaryFolder();
      const paths = pages.map(([name, text]) => {
        const path = folder.at(name.split("/").at(-1)!);
        fs.writeFileSync(path, text);
        return path;
      });
      const lint = spawnSync("mandoc", ["-T", "lint", "-W", "warning", ...paths], {
        encoding: "utf8",
      });
      assert.deepEqual([lint.stdout, lint.status], ["", 0]);
      const page = folder.at("raet-send.1");
      const { stdout } = spawnSync("mandoc", ["-T", "ascii", page], { encoding: "utf8" });
      const shown = stdout.replace(/.\x08/g, "");
      assert.match(shown, /raet \[--home dir\] \[--json\] send/);
      assert.match(shown, /--timeout seconds/);
    },
  );

  it("say what help says: each verb, option and example", () => {
    assert.ok(pages.length > 20);
    const send = pages.find(([name]) => name.endsWith("raet-send.1"))![1];
    assert.match(send, /^\.Dd January 1, 1970\n\.Dt RAET-SEND 1\n/);
    assert.match(pages.find(([name]) => name.endsWith("raet.yaml.5"))![1], /\.It Ic drainMs\n/);
  });
});

describe("the entry of a changelog", () => {
  it("is that of the version, with the day of its release", () => {
    const text =
      "# Changelog\n\n## 0.2.0 (unreleased)\n\n- new\n\n## 0.1.0 (2026-01-01)\n\n- old\n";
    const date = new Date("2026-03-04T12:00:00Z");
    assert.equal(entryOf(text, "0.2.0", date), "## 0.2.0 (2026-03-04)\n\n- new\n");
    assert.equal(entryOf(text, "0.1.0", date), "## 0.1.0 (2026-03-04)\n\n- old\n");
    assert.throws(() => entryOf(text, "0.2", date), /no "## 0.2": expected one/);
    assert.throws(() => entryOf("## 1.0.0\n\n## 0.9.0\n- x\n", "1.0.0", date), /empty/);
  });
});

function filesBelow(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort();
}
