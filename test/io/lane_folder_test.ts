import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import nodePath from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { type Home, openHome } from "../../src/io/home.ts";
import { closeLaneFolder, findLaneFolder, openLaneFolder } from "../../src/io/lane_folder.ts";
import { TemporaryFolder } from "../support/temporary.ts";
import { NO_TINY_DISK, TinyDisk } from "../support/tiny_disk.ts";

const LONG = "a-folder-whose-name-is-long-enough-to-leave-no-room-for-sockets";
const mode = (path: string) => fs.statSync(path).mode & 0o777;
const isRoot = process.getuid?.() === 0;

/** A home with a path too long for sockets, a runtime folder, and an environment that names it. */
function longHome(folder: TemporaryFolder): { home: Home; env: Record<string, string> } {
  fs.mkdirSync(folder.at("run"), { mode: 0o700 });
  return { home: openHome(folder.at(LONG)), env: { XDG_RUNTIME_DIR: folder.at("run") } };
}

describe("the folder of a lane's sockets", () => {
  it("is in the home where paths stay short enough", () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("h"));
    assert.equal(findLaneFolder(home), null);
    assert.equal(openLaneFolder(home, "alpha"), folder.at("h", "lane"));
    assert.equal(mode(home.lane), 0o700);
    assert.equal(openLaneFolder(home, "alpha"), home.lane);
    assert.equal(findLaneFolder(home), home.lane);
  });

  it("has room for yards of 24 characters at exactly 100 bytes, and moves out at 101", () => {
    using folder = new TemporaryFolder();
    const { env } = longHome(folder);
    const rest = `/lane/alpha.${"y".repeat(24)}.uxd`.length;
    const name = "h".repeat(100 - rest - folder.at("/").length);
    const fitting = openHome(folder.at(name));
    assert.equal(openLaneFolder(fitting, "alpha", env), fitting.lane);
    const tooLong = openHome(folder.at(`${name}h`));
    assert.notEqual(openLaneFolder(tooLong, "alpha", env), tooLong.lane);
  });

  it("moves out with a home that got a longer path, sockets of a killed manor or not", async () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("h"));
    const path = nodePath.join(openLaneFolder(home, "alpha"), "alpha.manor.uxd");
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      fs.renameSync(home.root, folder.at(LONG));
      const { home: moved, env } = longHome(folder);
      assert.ok(openLaneFolder(moved, "alpha", env).startsWith(folder.at("run")));
    } finally {
      server.close();
    }
  });

  it("counts bytes and not characters", () => {
    using folder = new TemporaryFolder();
    const { env } = longHome(folder);
    const home = openHome(folder.at("é".repeat(25)));
    assert.ok(openLaneFolder(home, "alpha", env).startsWith(folder.at("run")));
  });

  it("is otherwise a 0700 folder under XDG_RUNTIME_DIR that the home points to", () => {
    using folder = new TemporaryFolder();
    const { home, env } = longHome(folder);
    const lane = openLaneFolder(home, "alpha", env);
    assert.equal(nodePath.dirname(lane), folder.at("run"));
    assert.equal(mode(lane), 0o700);
    assert.equal(fs.readlinkSync(home.lane), lane);
    assert.equal(findLaneFolder(home), lane);
    assert.equal(openLaneFolder(home, "alpha", env), lane, "it stays, so that yards stay too");
  });

  it("is under the temporary directory where there is no runtime directory to trust", () => {
    using folder = new TemporaryFolder();
    const { home } = longHome(folder);
    fs.chmodSync(folder.at("run"), 0o777);
    const untrusted = [folder.at("run"), folder.at("absent"), "relative", ""];
    for (const place of untrusted) {
      const lane = openLaneFolder(home, "alpha", { XDG_RUNTIME_DIR: place });
      assert.ok(!lane.startsWith(folder.path));
      assert.equal(mode(lane), 0o700);
      closeLaneFolder(home);
      assert.ok(!fs.existsSync(lane));
    }
  });

  it("is removed at the end with its link, but not while a socket lies in it", () => {
    using folder = new TemporaryFolder();
    const { home, env } = longHome(folder);
    const short = openHome(folder.at("h"));
    for (const one of [home, short]) {
      const lane = openLaneFolder(one, "alpha", env);
      fs.writeFileSync(nodePath.join(lane, "alpha.worker.uxd"), "");
      closeLaneFolder(one);
      assert.equal(findLaneFolder(one), lane);
      fs.rmSync(nodePath.join(lane, "alpha.worker.uxd"));
      closeLaneFolder(one);
      closeLaneFolder(one);
      assert.ok(!fs.existsSync(lane) && !fs.existsSync(one.lane));
      assert.deepEqual(fs.readdirSync(one.root), []);
    }
  });

  it("is made anew where the old one is gone, as after a restart of the machine", () => {
    using folder = new TemporaryFolder();
    const { home, env } = longHome(folder);
    const before = openLaneFolder(home, "alpha", env);
    fs.rmSync(before, { recursive: true });
    assert.equal(findLaneFolder(home), null);
    const after = openLaneFolder(home, "alpha", env);
    assert.equal(findLaneFolder(home), after);
  });

  it("is not shared with a copy of the home", () => {
    using folder = new TemporaryFolder();
    const { home, env } = longHome(folder);
    const lane = openLaneFolder(home, "alpha", env);
    const copy = openHome(folder.at(`${LONG}-copy`));
    fs.symlinkSync(fs.readlinkSync(home.lane), copy.lane);
    assert.equal(findLaneFolder(copy), null);
    const other = openLaneFolder(copy, "alpha", env);
    assert.notEqual(other, lane);
    assert.equal(findLaneFolder(home), lane);
    assert.equal(findLaneFolder(copy), other);
  });

  it("moves out of a home that was moved to a longer path", () => {
    using folder = new TemporaryFolder();
    const { env } = longHome(folder);
    const before = openHome(folder.at("h"));
    openLaneFolder(before, "alpha", env);
    fs.rmdirSync(folder.at(LONG));
    fs.renameSync(before.root, folder.at(LONG));
    const home = openHome(folder.at(LONG));
    assert.ok(openLaneFolder(home, "alpha", env).startsWith(folder.at("run")));
  });

  it("is nowhere for a lane whose name leaves no room, and the error says so", () => {
    using folder = new TemporaryFolder();
    const { home, env } = longHome(folder);
    assert.throws(() => openLaneFolder(home, "l".repeat(63), env), {
      code: "bad_config",
      message: /is too long for a socket, and so it is in .*run.*: expected at most 100 bytes/,
    });
    assert.deepEqual(fs.readdirSync(home.root), []);
  });
});

describe("a folder for sockets that others could reach", () => {
  it("is refused in the home, and stays as it is", () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("h"));
    fs.mkdirSync(home.lane);
    fs.chmodSync(home.lane, 0o755);
    for (const look of [openLaneFolder, findLaneFolder]) {
      assert.throws(() => look(home, "alpha"), { code: "bad_config", message: /mode 0755\)/ });
    }
    fs.rmdirSync(home.lane);
    fs.writeFileSync(home.lane, "text");
    assert.throws(() => openLaneFolder(home, "alpha"), { code: "bad_config" });
    assert.equal(fs.readFileSync(home.lane, "utf8"), "text");
  });

  const replacements: [string, (lane: string) => void][] = [
    ["made loose", (lane) => fs.chmodSync(lane, 0o755)],
    ["replaced by a link", (lane) => {
      fs.renameSync(lane, `${lane}-moved`);
      fs.symlinkSync(`${lane}-moved`, lane);
    }],
    ["replaced by a file", (lane) => {
      fs.rmSync(lane, { recursive: true });
      fs.writeFileSync(lane, "");
    }],
    ["robbed of its marker", (lane) => fs.rmSync(nodePath.join(lane, "home"))],
  ];
  if (isRoot) {
    replacements.push(["given to another user", (lane) => fs.chownSync(lane, 12345, 12345)]);
  }
  for (const [what, replace] of replacements) {
    it(`is not used elsewhere once it was ${what}: another is made`, () => {
      using folder = new TemporaryFolder();
      const { home, env } = longHome(folder);
      const lane = openLaneFolder(home, "alpha", env);
      replace(lane);
      assert.equal(findLaneFolder(home), null);
      const other = openLaneFolder(home, "alpha", env);
      assert.notEqual(other, lane);
      assert.equal(findLaneFolder(home), other);
      assert.ok(fs.lstatSync(lane), "what isn't ours is left alone");
    });
  }

  it("leaves nothing where a full disk has no room for it", { skip: NO_TINY_DISK }, () => {
    using folder = new TemporaryFolder();
    using disk = new TinyDisk(32);
    const { home } = longHome(folder);
    const env = { XDG_RUNTIME_DIR: disk.at() };
    disk.fill();
    assert.throws(() => openLaneFolder(home, "alpha", env), {
      code: "bad_config",
      message: /the file system is full$/,
    });
    assert.deepEqual(fs.readdirSync(disk.at()), ["filler"]);
    assert.equal(findLaneFolder(home), null);
    disk.empty();
    assert.ok(openLaneFolder(home, "alpha", env).startsWith(disk.at("raet-")));
  });

  it("is not made under a directory of another user", { skip: !isRoot }, () => {
    using folder = new TemporaryFolder();
    const { home, env } = longHome(folder);
    fs.chownSync(env.XDG_RUNTIME_DIR, 12345, 12345);
    const lane = openLaneFolder(home, "alpha", env);
    assert.ok(!lane.startsWith(env.XDG_RUNTIME_DIR));
    closeLaneFolder(home);
  });

  it("is refused in the home where it belongs to another user", { skip: !isRoot }, () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("h"));
    openLaneFolder(home, "alpha");
    fs.chownSync(home.lane, 12345, 12345);
    assert.throws(() => findLaneFolder(home), {
      code: "bad_config",
      message: /belongs to user 12345: expected .* sudo -u "#12345"/,
    });
  });
});
