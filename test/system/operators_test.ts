import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { ChildProgram } from "../../src/io/process.ts";
import { type Json, jsonLines, type Manor, Programs, WAIT_MS_MAX } from "../support/programs.ts";
import { scriptCommand } from "../support/runtime.ts";

/** Numbers that no account has to stand behind. */
const [MEMBER, STRANGER, GROUP, OTHER_GROUP] = [42_421, 42_422, 42_431, 42_432];

const skip = process.platform !== "linux" || process.getuid?.() !== 0
  ? "other users can be played by root only"
  : false;

/** Runs a command line as another user. */
async function runAs(
  uid: number,
  gids: readonly number[],
  args: readonly string[],
): Promise<{ exit: number; json: Json[]; out: string[]; err: string[] }> {
  const shown = `raet as ${uid}`;
  const command = scriptCommand(resolve("test/support/as_user.ts"));
  const program = new ChildProgram(shown, [String(uid), gids.join(","), ...args], { command });
  const exit = await program.exited;
  const json = args.includes("--json") ? program.lines.map((line) => JSON.parse(line) as Json) : [];
  return { exit, json, out: program.lines, err: program.errorLines };
}

/** A manor of root's that is open to the group, and a way to use it as a member. */
async function openTo(programs: Programs, ...yaml: string[]): Promise<Manor> {
  chmodSync(programs.folder, 0o711);
  mkdirSync(programs.home("alpha"), { mode: 0o700 });
  writeFileSync(join(programs.home("alpha"), "raet.yaml"), yaml.join("\n"), { mode: 0o600 });
  return await programs.up("alpha", "--main", "--group", String(GROUP), "--log-file", "raet.log");
}

const readLog = (programs: Programs) =>
  readFileSync(join(programs.home("alpha"), "raet.log"), "utf8");

describe("a manor that is open to a group", { skip }, () => {
  it("lets its members look, and nobody else", async () => {
    await using programs = new Programs();
    await openTo(programs);
    const home = ["--home", programs.home("alpha")];
    const member = await runAs(MEMBER, [GROUP], ["yards", "--json", ...home]);
    assert.equal(member.exit, 0, member.err.join("\n"));
    assert.match(String(member.json[0].name), /^op-/);
    const more = await runAs(MEMBER, [OTHER_GROUP, GROUP], ["keys", "--json", ...home]);
    assert.deepEqual([more.exit, more.json[0].acceptance], [0, "own"]);

    const doctor = await runAs(MEMBER, [GROUP], ["doctor", "--json", ...home]);
    assert.equal(doctor.exit, 0, JSON.stringify(doctor.json));
    const verdicts = new Map(doctor.json.map(({ check, verdict }) => [check, verdict]));
    assert.deepEqual([verdicts.get("home"), verdicts.get("manor")], ["warning", "ok"]);
    assert.ok(!verdicts.has("keys"), "what can't be seen is not judged");

    for (const args of [["keys"], ["send", "//inbox", "1"], ["keys", "accept", "x"]]) {
      const stranger = await runAs(STRANGER, [OTHER_GROUP], [...args, ...home]);
      assert.equal(stranger.exit, 5);
      assert.match(stranger.err.join("\n"), /^raet: this user may not use the manor of [^\n]+$/);
    }
  });

  it("is not told to be down by the doctor of a user whom it does not answer", async () => {
    await using programs = new Programs();
    await openTo(programs, "groupVerbs: [estates]");
    const home = ["doctor", "--json", "--home", programs.home("alpha")];
    for (const [uid, gid] of [[MEMBER, GROUP], [STRANGER, OTHER_GROUP]]) {
      const { exit, json } = await runAs(uid, [gid], home);
      const said = json.find(({ check }) => check === "manor");
      assert.deepEqual([exit, said?.verdict], [0, "warning"]);
      assert.match(String(said?.what), /^not looked at: .* may not /);
      assert.equal(said?.todo, "run raet doctor as the user of the home");
    }
  });

  it("denies members what they are not granted, and says in its log who called what", async () => {
    await using programs = new Programs();
    const alpha = await openTo(programs);
    await programs.up("beta", "--join", alpha.address);
    await alpha.event("pending", "beta");
    const home = ["--json", "--home", programs.home("alpha")];
    for (
      const args of [
        ["keys", "accept", "beta"],
        ["keys", "delete", "beta"],
        ["ping", "beta", "--count", "1"],
        ["send", "//inbox", "1"],
        ["listen", "jobs", "--count", "1"],
      ]
    ) {
      const { exit, json } = await runAs(MEMBER, [GROUP], [...args, ...home]);
      assert.equal(exit, 5, `${args}: ${JSON.stringify(json)}`);
    }
    assert.match(
      readLog(programs),
      /operator denied.*op-[0-9a-z]+ \(user 42421\).*control verb accept/,
    );
    const { json } = await programs.run("alpha", ["keys", "--json"]);
    assert.deepEqual(json.map(({ acceptance }) => acceptance), ["own", "pending"]);
  });

  it("grants what raet.yaml lists, also after SIGHUP", async () => {
    await using programs = new Programs();
    const alpha = await openTo(programs, "groupVerbs: [keys, accept, send]");
    const beta = await programs.up("beta", "--join", alpha.address);
    await alpha.event("pending", "beta");
    const home = ["--json", "--home", programs.home("alpha")];
    assert.equal((await runAs(MEMBER, [GROUP], ["keys", "accept", "beta", ...home])).exit, 0);
    await Promise.all([alpha.event("allowed", "beta"), beta.event("allowed", "alpha")]);
    assert.match(readLog(programs), /operator called.*user 42421.*control verb accept/);
    const jobs = await programs.listen("beta", "jobs");
    assert.equal((await runAs(MEMBER, [GROUP], ["send", "beta//jobs", "1", ...home])).exit, 0);
    const [{ from }] = await jsonLines(jobs, 1);
    assert.match(String((from as string[])[1]), /^op-/, "an operator is seen as one");
    assert.equal((await runAs(MEMBER, [GROUP], ["estates", ...home])).exit, 5);

    writeFileSync(join(programs.home("alpha"), "raet.yaml"), "groupVerbs: [estates]\n");
    process.kill(alpha.program.pid, "SIGHUP");
    await alpha.event("reloaded");
    assert.equal((await runAs(MEMBER, [GROUP], ["estates", ...home])).exit, 0);
    assert.equal((await runAs(MEMBER, [GROUP], ["send", "beta//jobs", "2", ...home])).exit, 5);
  });

  it("shows members nothing of the home but the socket", async () => {
    await using programs = new Programs();
    await openTo(programs);
    const mode = (...path: string[]) => {
      const { mode, uid, gid } = statSync(join(programs.home("alpha"), ...path));
      return `${(mode & 0o7777).toString(8)} ${uid} ${gid}`;
    };
    assert.equal(mode(), `710 0 ${GROUP}`);
    assert.equal(mode("operators"), `710 0 ${GROUP}`);
    assert.equal(mode("operators", "socket"), `660 0 ${GROUP}`);
    for (const folder of ["keep", "lane"]) assert.equal(mode(folder), "700 0 0");
    for (const file of ["raet.yaml", "raet.log", "lock"]) assert.match(mode(file), /^600 0 0$/);
  });

  it("opens again after it was killed, and takes the socket away in the end", async () => {
    await using programs = new Programs();
    const alpha = await openTo(programs);
    const home = programs.home("alpha");
    await alpha.end("SIGKILL");
    const again = await programs.up("alpha", "--group", String(GROUP));
    const { exit } = await runAs(MEMBER, [GROUP], ["estates", "--home", home]);
    assert.equal(exit, 0, "a dead manor's socket is in nobody's way");
    assert.equal(await again.end("SIGTERM"), 0);
    assert.throws(() => statSync(join(home, "operators")), { code: "ENOENT" });
    const gone = await runAs(MEMBER, [GROUP], ["estates", "--home", home]);
    assert.equal(gone.exit, 6, gone.err.join("\n"));
  });

  it("is not troubled by what is no operator's", async () => {
    await using programs = new Programs();
    const alpha = await openTo(programs);
    const path = join(programs.home("alpha"), "operators", "socket");
    const hostile = [
      new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2, 3]),
      new Uint8Array([0, 0, 0, 3, 0xc1, 0xc1, 0xc1]),
      new Uint8Array([0, 0, 0, 1, 0x80]),
      new Uint8Array([0, 0, 0, 0]),
    ];
    for (const bytes of hostile) {
      await new Promise<void>((resolve, reject) => {
        const socket = connect(path, () => socket.write(bytes));
        const timer = setTimeout(() => reject(new Error("it was left open")), WAIT_MS_MAX);
        socket.resume();
        socket.on("error", () => {});
        socket.on("end", () => socket.destroy());
        socket.on("close", () => (clearTimeout(timer), resolve()));
      });
    }
    const { exit } = await runAs(MEMBER, [GROUP], ["yards", "--home", programs.home("alpha")]);
    assert.equal(exit, 0);
    const warnings = alpha.events.filter(({ event }) => event === "warning");
    assert.deepEqual(warnings, []);
  });
});

describe("a manor for a group that can't be", { skip }, () => {
  it("does not start, and says why", async () => {
    await using programs = new Programs();
    const [code, exit] = await programs.fail("alpha", [
      "up",
      "--listen",
      "127.0.0.1:0",
      "--group",
      "no-such-group",
    ]);
    assert.deepEqual([code, exit], ["bad_config", 78]);
    mkdirSync(programs.home("theirs"), { mode: 0o700 });
    const args = ["up", "--name", "theirs", "--listen", "127.0.0.1:0", "--json"];
    const theirs = join(programs.folder, "user-home");
    chmodSync(programs.folder, 0o777);
    const { exit: exitTheirs, json } = await runAs(STRANGER, [OTHER_GROUP], [
      ...args,
      "--home",
      theirs,
      "--group",
      String(GROUP),
    ]);
    assert.equal(exitTheirs, 78);
    assert.match(JSON.stringify(json), /expected the manor's user \(42422\) to be a member of it/);
  });
});
