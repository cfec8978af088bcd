import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { verbsOf } from "../../src/cli/verbs/table.ts";
import { modelOf } from "../../src/cli/completion/model.ts";
import type { Session } from "../../src/cli/session.ts";
import type { EstateView } from "../../src/route/control.ts";
import { ALPHA, FakeManor } from "../support/fake_manor.ts";
import { skipNow } from "../support/skip.ts";
import { HAS_TMUX, Terminal } from "../support/tmux.ts";
import { runInMemory } from "../support/world.ts";

const script = async (shell: string) => (await runInMemory(["completion", shell])).out;

/** A folder with what stands for the program, and says what it was asked. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "raet-completion-"));
  const raet = '#!/bin/sh\n[ "$1" = --home ] && { echo "home-$2"; shift 2; }\n' +
    '[ "$1" = __complete ] && [ "$2" = route ] && printf "beta//\\n//jobs\\n/worker/\\n"\n' +
    '[ "$1" = __complete ] && [ "$2" = key ] && printf "beta\\n"\n' +
    '[ "$1" = __complete ] && [ "$2" = estate ] && printf "gamma\\n"\nexit 0\n';
  writeFileSync(join(folder, "raet"), raet);
  chmodSync(join(folder, "raet"), 0o700);
  return folder;
}

describe("completion for bash", () => {
  let folder = "";
  before(async () => {
    folder = makeFolder();
    writeFileSync(join(folder, "completion"), await script("bash"));
    writeFileSync(join(folder, "file.json"), "{}");
    writeFileSync(join(folder, "odd $(touch run) *.txt"), "");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What bash would offer for the last of these words, which it cuts into more. */
  function offered(...words: string[]): string[] {
    const program =
      `set -u; cd "$1"; COMP_LINE=$2; shift 2; PATH=$PWD:$PATH; HOME=$PWD; . ./completion
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _raet; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const parts = ["raet", ...words].flatMap((word) =>
      word === "" ? [""] : word.split(/([=@:]+)/).filter((part) => part !== "")
    );
    const line = ["raet", ...words].join(" ");
    const args = ["--norc", "-c", program, "bash", folder, line, ...parts];
    const out = execFileSync("bash", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    return out.split("\n").filter((word) => word !== "");
  }

  it("offers the verbs, and no hidden one", () => {
    const names = verbsOf("command").filter(({ hidden }) => !hidden).map(({ name }) => name);
    assert.deepEqual(offered(""), names);
    assert.deepEqual(offered("compl"), ["completion"]);
    assert.deepEqual(offered("__"), []);
  });

  it("offers the options of the verb, and those of all", () => {
    assert.deepEqual(offered("send", "a//b", "--ti"), ["--timeout"]);
    assert.deepEqual(offered("listen", "--i"), ["--idle"]);
    assert.deepEqual(offered("keys", "--"), [
      "--home",
      "--json",
      "--help",
      "--fingerprint",
      "--out",
      "--force",
    ]);
  });

  it("offers what an argument or an option can be", () => {
    assert.deepEqual(offered("completion", ""), ["bash", "zsh", "fish"]);
    assert.deepEqual(offered("keys", "ac"), ["accept"]);
    assert.deepEqual(offered("send", "--as", "b"), ["bytes"]);
    assert.deepEqual(offered("help", "exit"), ["exit-codes"]);
  });

  it("offers the choices of every option that has some, after a space and after =", () => {
    const told = modelOf(verbsOf("command").filter(({ hidden }) => !hidden), {} as Session).flatMap(
      ({ name, options }) => options.map(({ long, value }) => ({ name, long, choices: value })),
    ).filter(({ choices }) => Array.isArray(choices));
    for (const { name, long, choices } of told) {
      assert.deepEqual(offered(name, long, ""), choices, `${name} ${long}`);
      assert.deepEqual(offered(name, `${long}=`), choices, `${name} ${long}=`);
    }
    const named = new Set(told.map(({ name, long }) => `${name} ${long}`));
    for (const one of ["up --auto", "up --log-level", "init --auto", "send --as"]) {
      assert.ok(named.has(one), one);
    }
    assert.deepEqual(offered("up", "--auto", "o"), ["once"]);
    assert.deepEqual(offered("up", "--auto", "once", "--log-level", "d"), ["debug"]);
    assert.deepEqual(offered("up", "--auto=once", "--log-level=d"), ["debug"]);
  });

  it("offers files where an option takes one, names where it takes a name, and nothing for numbers", () => {
    assert.deepEqual(offered("trace", "--out", "fi"), ["file.json"]);
    assert.deepEqual(offered("--home", "fi"), ["file.json"]);
    assert.deepEqual(offered("trace", "--home", "fi"), ["file.json"]);
    assert.deepEqual(offered("trace", "--estate", ""), ["gamma"]);
    assert.deepEqual(offered("listen", "jobs", "--all", "--from="), ["gamma"]);
    assert.deepEqual(offered("send", "--timeout", ""), []);
  });

  it("asks the manor of the home that the line names", () => {
    assert.deepEqual(offered("send", ""), ["beta//", "//jobs", "/worker/"]);
    assert.deepEqual(offered("send", "/w"), ["/worker/"]);
    assert.deepEqual(offered("--home", "/h", "send", "home"), ["home-/h"]);
    assert.deepEqual(offered("--home=/h", "send", "home"), ["home-/h"]);
    assert.deepEqual(offered("--home", "~/h", "send", "home"), [`home-${folder}/h`]);
    assert.deepEqual(offered("--home", "'/a h'", "send", "home"), ["home-/a h"]);
    assert.deepEqual(offered("keys", "accept", ""), ["beta"]);
    assert.deepEqual(offered("send", "--timeout", "3", "be"), ["beta//"]);
  });

  it("offers files where a file can stand, with @ before them", () => {
    assert.deepEqual(offered("send", "beta//", "@fi"), ["@file.json"]);
    assert.deepEqual(offered("send", "beta//", "fi"), ["file.json"]);
    assert.deepEqual(offered("send", "beta//", "--as=text", "@fi"), ["@file.json"]);
    assert.deepEqual(offered("send", "--as", "text", "n:=1", "fi"), ["file.json"]);
  });

  it("offers the name of a file as it is, with blanks and what a shell obeys", () => {
    assert.deepEqual(offered("send", "beta//", "od"), ["odd $(touch run) *.txt"]);
    assert.deepEqual(offered("send", "beta//", "@od"), ["@odd $(touch run) *.txt"]);
    assert.equal(existsSync(join(folder, "run")), false);
  });

  it(
    "ends up in the line of a real bash as words that it can read",
    { skip: !HAS_TMUX && "needs tmux" },
    async () => {
      const env = ["PS1=$ ", "HISTFILE=", `HOME=${folder}`, `PATH=${folder}:${process.env.PATH}`];
      using bash = new Terminal(["--norc", "--noprofile"], 80, 24, env, ["bash"]);
      bash.type(`cd '${folder}'; . ./completion`);
      bash.press("Enter");
      for (
        const [typed, shown] of [
          ["raet send beta// @fi", /send beta\/\/ @file\.json/],
          ["raet send beta// '@odd $", /send beta\/\/ '@odd \$\(touch run\) \*\.txt'/],
          ["raet send beta// od", /send beta\/\/ odd\\ \\\$\\\(touch\\ run\\\)\\ \\\*\.txt/],
          ["raet up --auto=once --log-level=de", /up --auto=once --log-level=debug/],
          ["A=1 raet --home=/h send hom", /send home-\/h/],
        ] as const
      ) {
        bash.type(typed);
        bash.press("Tab");
        await bash.shows(shown);
        bash.press("C-u");
      }
    },
  );
});

describe("completion", () => {
  it("has a script for each shell that names every verb and its options", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const text = await script(shell);
      for (const { name, hidden } of verbsOf("command")) {
        if (!hidden) assert.match(text, new RegExp(`\\b${name}\\b`), `${shell} ${name}`);
      }
      assert.ok(text.includes(shell === "fish" ? "-l timeout" : "--timeout"));
      assert.ok(!text.includes("undefined") && !/GLOBALS|VERBS\b/.test(text));
    }
    const json = JSON.parse((await runInMemory(["completion", "zsh", "--json"])).out);
    assert.deepEqual(Object.keys(json), ["shell", "script"]);
    assert.equal((await runInMemory(["completion", "tcsh"])).exit, 1);
  });

  for (const shell of ["zsh", "fish"]) {
    it(`has a script that ${shell} can read, where that is installed`, async (test) => {
      const folder = mkdtempSync(join(tmpdir(), "raet-completion-"));
      try {
        writeFileSync(join(folder, "script"), await script(shell));
        execFileSync(shell, ["-n", join(folder, "script")], { stdio: "pipe" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        skipNow(test, `${shell} is not installed`);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  // What a shell would offer for the last word of a line.
  const offeredBy: Record<string, (folder: string, line: string) => string[]> = {
    zsh: (folder, line) => {
      const program = `compdef() { : }; compset() { : }; compadd() { shift; print -l -- "$@" }
        . $1/script; words=("\${(z)2}" ""); words=("\${(@)words[1,$3]}"); CURRENT=$3; _raet`;
      const count = String(line.split(" ").length);
      return linesOf("zsh", ["-f", "-c", program, "zsh", folder, line, count], folder);
    },
    fish: (folder, line) => {
      const program = `source ${folder}/script; complete -C $LINE`;
      const lines = linesOf("fish", ["--no-config", "-c", program], folder, { LINE: line });
      return lines.map((text) => text.replace(/\t.*$/, ""));
    },
  };

  function linesOf(shell: string, args: string[], folder: string, more = {}): string[] {
    const PATH = `${folder}:${process.env.PATH}`;
    const env = { ...process.env, PATH, HOME: folder, ...more };
    const out = execFileSync(shell, args, { encoding: "utf8", env, cwd: folder });
    return out.trim().split("\n").filter((line) => line !== "");
  }

  for (const [shell, offered] of Object.entries(offeredBy)) {
    it(`offers choices, and what the manor of the home knows, in ${shell}, where that is installed`, async (test) => {
      const folder = makeFolder();
      try {
        const text = (await script(shell)).replace(/^if \[\[ \$funcstack.*$/m, "");
        writeFileSync(join(folder, "script"), text);
        assert.deepEqual(offered(folder, "raet up --auto ").sort(), ["always", "never", "once"]);
        assert.ok(offered(folder, "raet init --log-level ").includes("trace"));
        assert.ok(offered(folder, "raet --home=/h up --auto=").join(" ").includes("always"));
        assert.ok(!offered(folder, "raet send ").join(" ").includes("home-"));
        assert.ok(offered(folder, "raet send ").includes("beta//"));
        for (const home of ["--home /h", "--home=/h", "--home '/h'"]) {
          const words = offered(folder, `raet ${home} send `);
          assert.ok(words.includes("home-/h") && words.includes("beta//"), `${home}: ${words}`);
        }
        assert.ok(offered(folder, "raet --home ~/h send ").includes(`home-${folder}/h`));
        if (shell === "fish") assert.ok(offered(folder, "raet --home /h se").includes("send"));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        skipNow(test, `${shell} is not installed`);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  it("offers the choices of an option in fish", async () => {
    assert.match(await script("fish"), /from up' -l auto -x -a 'never once always' /);
    assert.match(await script("fish"), /from up' -l log-level -x -a 'off error warn info /);
  });

  it("gives the shells no word that they could obey", async () => {
    const [beta] = (ALPHA.estates as { rows: EstateView[] }).rows;
    const names = ["beta", "$(reboot)", "`id`", "a;b", "web-1.eu", "-rf", "", "a*"];
    const manor = new FakeManor({ estates: { rows: names.map((name) => ({ ...beta, name })) } });
    const words = async (kind: string) => (await runInMemory(["__complete", kind], { manor })).out;
    assert.equal(await words("estate"), "beta\nweb-1.eu\n");
    assert.equal(await words("route"), "beta//\nweb-1.eu//\n//jobs\n/worker/\n");
    assert.equal(await words("share"), "jobs\n");
    assert.equal(await words("yard"), "worker\n");
    assert.equal(await words("key"), "beta\n");
  });

  it("is silent without a manor", async () => {
    const { exit, out, err } = await runInMemory(["__complete", "route"]);
    assert.deepEqual([exit, out, err], [0, "", ""]);
  });
});
