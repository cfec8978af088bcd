import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, it } from "node:test";
import { findHome, homePath, openHome } from "../../src/io/home.ts";
import { TemporaryFolder } from "../support/temporary.ts";

describe("where a home is", () => {
  it("is told by the option, else by RAET_HOME, else it is ~/.raet", () => {
    const env = { HOME: "/home/ada", RAET_HOME: "/srv/raet" };
    assert.equal(homePath("/tmp/x", env), "/tmp/x");
    assert.equal(homePath(undefined, env), "/srv/raet");
    assert.equal(homePath(undefined, { HOME: "/home/ada", RAET_HOME: "" }), "/home/ada/.raet");
    assert.equal(homePath(undefined, { HOME: "/home/ada" }), "/home/ada/.raet");
  });

  it("is no other one than was told, where that is nothing", () => {
    assert.throws(() => homePath("", { HOME: "/home/ada", RAET_HOME: "/srv/raet" }), {
      code: "usage",
      message: 'home "" names no folder: expected its path',
    });
  });

  it("is made absolute", () => {
    assert.match(homePath("x/../y", {}), /^\/.*\/y$/);
  });
});

describe("a home", () => {
  it("is made 0700 when it is opened, with the folders above it", () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("a", "b"));
    assert.deepEqual(home, {
      root: folder.at("a", "b"),
      config: folder.at("a", "b", "raet.yaml"),
      durable: folder.at("a", "b", "durable.db"),
      keep: folder.at("a", "b", "keep"),
      lane: folder.at("a", "b", "lane"),
      lock: folder.at("a", "b", "lock"),
    });
    assert.equal(fs.statSync(home.root).mode & 0o777, 0o700);
    assert.equal(fs.statSync(folder.at("a")).mode & 0o777, 0o700);
    assert.deepEqual(openHome(folder.at("a", "b")), home);
  });

  it("is the same by whatever link it is reached", () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("real"));
    fs.symlinkSync(folder.at("real"), folder.at("link"));
    assert.deepEqual(openHome(folder.at("link")), home);
    assert.deepEqual(findHome(folder.at("link")), home);
  });

  it("may be read by others, as its secrets lie deeper, but not changed", () => {
    using folder = new TemporaryFolder();
    const { root } = openHome(folder.at("home"));
    fs.chmodSync(root, 0o755);
    openHome(root);
    for (const loose of [0o775, 0o757, 0o1777]) {
      fs.chmodSync(root, loose);
      assert.throws(() => openHome(root), {
        code: "bad_config",
        message: /^home ".*" can be changed by other users \(mode 0?1?7[57][57]\): .*chmod go-w/,
      });
    }
  });

  it("that is a file, or lies in one, is refused", () => {
    using folder = new TemporaryFolder();
    fs.writeFileSync(folder.at("file"), "");
    assert.throws(() => openHome(folder.at("file")), { code: "bad_config" });
    assert.throws(() => openHome(folder.at("file", "x")), { code: "bad_config" });
  });

  it("is not made by looking for it", () => {
    using folder = new TemporaryFolder();
    assert.equal(findHome(folder.at("nowhere")), null);
    fs.writeFileSync(folder.at("file"), "");
    assert.equal(findHome(folder.at("file")), null);
    assert.equal(findHome(folder.at("file", "x")), null);
    assert.deepEqual(fs.readdirSync(folder.path), ["file"]);
  });
});
