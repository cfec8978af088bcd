import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Json, jsonLines, Programs, said } from "../support/programs.ts";
import { answerBody } from "../../src/client/answer.ts";
import type { ChildProgram } from "../../src/io/process.ts";

describe("commands between two estates", () => {
  let programs: Programs;
  before(async () => {
    programs = new Programs();
    await programs.pair();
  });
  after(() => programs[Symbol.asyncDispose]());

  /** Starts to answer, and waits until the share is claimed. */
  async function answer(estate: string, ...args: string[]): Promise<ChildProgram> {
    const program = programs.start(estate, ["answer", ...args]);
    await said(program, program.errorLines, /^answering /);
    return program;
  }

  describe("ask and answer", () => {
    it("run a command with the body, and bring back what it prints", async () => {
      const answering = await answer(
        "beta",
        "double",
        "--json",
        "--count",
        "4",
        "--",
        "sh",
        "-c",
        'read n; echo "from $RAET_FROM" >&2; echo $((n * 2))',
      );
      const asked = await programs.run("alpha", ["ask", "beta//double", "21"]);
      assert.deepEqual([asked.exit, asked.out, asked.err], [0, ["42"], []]);
      const json = await programs.run("alpha", ["ask", "beta//double", "4", "--json"]);
      const [{ status, from, body }] = json.json;
      assert.deepEqual([status, (from as string[])[0], body], ["answered", "beta", 8]);
      const here = await programs.run("beta", ["ask", "//double", "5"]);
      assert.deepEqual(here.out, ["10"]);
      assert.equal((await programs.run("alpha", ["send", "beta//double", "6"])).exit, 0);
      assert.equal(await answering.exited, 0);
      const rows = answering.lines.map((line) => JSON.parse(line) as Json);
      assert.deepEqual(rows.map(({ asks, exit, answer }) => [asks, exit, answer]), [
        [true, 0, "answered"],
        [true, 0, "answered"],
        [true, 0, "answered"],
        [false, 0, "none"],
      ]);
    });

    it("carry text, JSON and bytes through cat as they are", async () => {
      const cat = await answer("beta", "cat", "--count", "5", "--", "cat");
      const ask = (...args: string[]) =>
        programs.run("alpha", ["ask", "beta//cat", ...args, "--json"]);
      const bodies = ['{"a":[1,null]}', '"plain text"', '{"$bytes":"AP9o"}', "{}"];
      for (const body of bodies) {
        assert.equal(JSON.stringify((await ask(body)).json[0].body), body);
      }
      const large = '{"id":12345678901234567}'; // JSON that can't be sent as that
      assert.equal((await ask(large, "--as", "text")).json[0].body, large);
      assert.equal(await cat.exited, 0);
    });

    it("bring back the exit code and what went to stderr as an error: exit code 10", async () => {
      const failing = await answer(
        "beta",
        "fail",
        "--count",
        "2",
        "--",
        "sh",
        "-c",
        "echo wrong >&2; exit 3",
      );
      const { exit, out, err } = await programs.run("alpha", ["ask", "beta//fail"]);
      assert.deepEqual([exit, out], [10, []]);
      assert.match(
        err[0],
        /^raet: beta\/p\w+\/inbox failed with exit code 3, command_failed: wrong$/,
      );
      const { json } = await programs.run("alpha", ["ask", "beta//fail", "--json"]);
      const { code, answer: told } = json[0].error as { code: string; answer: Json };
      assert.deepEqual([code, told.code, told.exit], ["answered_error", "command_failed", 3]);
      assert.equal(await failing.exited, 0, "a command that fails is no failure of answer");
    });

    it("end a command that takes too long, and answer so", async () => {
      const slow = await answer(
        "beta",
        "slow",
        "--count",
        "1",
        "--timeout",
        "0.2",
        "--",
        "sleep",
        "60",
      );
      const { exit, json } = await programs.run("alpha", ["ask", "beta//slow", "--json"]);
      const { answer: told } = json[0].error as { answer: Json };
      assert.deepEqual([exit, told.code, told.exit], [10, "command_timeout", 143]);
      assert.equal(await slow.exited, 0);
    });

    it("begin only with a command that there is", async () => {
      const { exit, err } = await programs.run("beta", ["answer", "none", "--", "no-such-command"]);
      assert.equal(exit, 1);
      assert.match(err.join("\n"), /^raet: command "no-such-command" can't be started: .* in PATH/);
    });

    it("tell both sides of a command that went away", async () => {
      const script = join(programs.home("beta"), "script.sh");
      writeFileSync(script, "#!/bin/sh\n", { mode: 0o700 });
      const answering = await answer("beta", "none", "--", script);
      rmSync(script);
      const { json } = await programs.run("alpha", ["ask", "beta//none", "--json"]);
      const { answer: told } = json[0].error as { answer: Json };
      assert.deepEqual([told.code, told.exit], ["no_command", 127]);
      assert.equal(await answering.exited, 1);
      assert.match(answering.errorLines.at(-1)!, /command ".*script\.sh" can't be started/);
    });

    it("keep running whatever a message's type and body hold", async () => {
      const env = await answer(
        "beta",
        "env",
        "--count",
        "2",
        "--",
        "sh",
        "-c",
        'printf %s "$RAET_TYPE"',
      );
      const yard = await programs.attach("alpha");
      for (const type of ["a\0b\n$(id)", "plain"]) {
        const told = await yard.ask("beta//env", "\0", { type });
        assert.equal(answerBody(told), type.replace("\0", ""));
      }
      assert.equal(await env.exited, 0);
    });

    it("run as many at once as they are told", async () => {
      const two = await answer(
        "beta",
        "two",
        "--parallel",
        "2",
        "--count",
        "2",
        "--",
        "sh",
        "-c",
        // Each waits until both are there.
        'mkdir -p "$0" && touch "$0/$$"; while [ "$(ls "$0" | wc -l)" -lt 2 ]; do sleep 0.05; done; echo ok',
        join(programs.folder, "both"),
      );
      const asked = await Promise.all(
        [1, 2].map((n) => programs.run("alpha", ["ask", "beta//two", String(n)])),
      );
      assert.deepEqual(asked.map(({ out }) => out), [["ok"], ["ok"]]);
      assert.equal(await two.exited, 0);
    });

    it("end with exit code 3 if nothing comes back in time", async () => {
      const listener = await programs.listen("beta", "silent", "--count", "1");
      const args = ["ask", "beta//silent", "1", "--timeout", "0.5"];
      assert.deepEqual(await programs.fail("alpha", args), ["no_answer", 3]);
      assert.equal(await listener.exited, 0);
      assert.equal((JSON.parse(listener.lines[0]) as Json).asks, true);
      assert.deepEqual(await programs.fail("alpha", ["ask", "beta//nobody"]), ["no_share", 2]);
    });

    it("let what runs end on ^C", async () => {
      const path = join(programs.folder, "started");
      const slow = await answer(
        "beta",
        "late",
        "--",
        "sh",
        "-c",
        'touch "$0"; sleep 0.5; echo done',
        path,
      );
      const asking = programs.start("alpha", ["ask", "beta//late"]);
      while (!existsSync(path)) await sleep(20);
      slow.kill("SIGTERM");
      assert.equal(await asking.exited, 0);
      assert.deepEqual(asking.lines, ["done"]);
      assert.equal(await slow.exited, 0);
    });
  });

  describe("answer, with another who takes the same", () => {
    /** Starts to answer share `many` by a command that waits until a file is there, and gives it one message. */
    async function startWork(share: string, ...args: string[]) {
      const [begun, go] = ["begun", "go"].map((name) => join(programs.folder, `${share}-${name}`));
      const script = 'touch "$0"; while [ ! -e "$1" ]; do sleep 0.05; done';
      const worker = await answer(
        "beta",
        share,
        "--json",
        ...args,
        "--",
        "sh",
        "-c",
        script,
        begun,
        go,
      );
      assert.equal(
        (await programs.run("beta", ["send", `//${share}`, "1", "--durable", "--no-wait"])).exit,
        0,
      );
      while (!existsSync(begun)) await sleep(20);
      const other = await answer("beta", share, "--json", "--", "true");
      return { worker, other, go };
    }

    /** Lets the work end; what came of it, and what the other one took. */
    async function endWork({ worker, other, go }: Awaited<ReturnType<typeof startWork>>) {
      await programs.run("beta", ["yards"]); // time for a mistake
      writeFileSync(go, "");
      assert.equal(await worker.exited, 0);
      const [done] = await jsonLines(worker, 1);
      other.kill("SIGTERM");
      assert.equal(await other.exited, 0);
      return [done.exit, done.answer, other.lines];
    }

    it("gives no durable message away that its command works on as it is told to end", async () => {
      const work = await startWork("told");
      work.worker.kill("SIGTERM");
      assert.deepEqual(await endWork(work), [0, "none", []]);
    });

    it("gives none away either where it ends by itself", async () => {
      const work = await startWork("counted", "--count", "1", "--parallel", "2");
      assert.deepEqual(await endWork(work), [0, "none", []]);
    });
  });

  describe("send", () => {
    it("takes files, pairs and lines, and counts with templates", async () => {
      const listener = await programs.listen("beta", "many", "--count", "7");
      const file = join(programs.folder, "body.json");
      writeFileSync(file, '{"from": "file"}');
      const run = (args: string[], input?: string) =>
        programs.run("alpha", ["send", "beta//many", ...args, "--json"], input);
      assert.equal((await run([`@${file}`])).exit, 0);
      assert.equal((await run(["a=b", "n:=1"])).exit, 0);
      const lines = await run(["-", "--lines", "--as", "text"], "one\ntwo\n");
      assert.deepEqual([lines.json[0].sent, lines.json[0].delivered], [2, 2]);
      const counted = await run(["n:={{count}}", "--count", "3", "--rate", "100"]);
      assert.equal(counted.json[0].delivered, 3);
      assert.equal(await listener.exited, 0);
      assert.deepEqual((await jsonLines(listener, 7)).map(({ body }) => body), [
        { from: "file" },
        { a: "b", n: 1 },
        "one",
        "two",
        { n: 1 },
        { n: 2 },
        { n: 3 },
      ]);
    });

    it("goes to each estate that a glob fits", async () => {
      const listener = await programs.listen("beta", "all", "--count", "1");
      const sent = await programs.run("alpha", ["send", "b*//all", "1", "--json"]);
      assert.deepEqual([sent.exit, sent.json[0].to, sent.json[0].status], [
        0,
        "beta//all",
        "delivered",
      ]);
      assert.equal(await listener.exited, 0);
      const failed = await programs.run("alpha", ["send", "b*//all", "1", "--json"]);
      assert.deepEqual([failed.exit, failed.json[0].code], [2, "no_share"]);
      assert.deepEqual(await programs.fail("alpha", ["send", "x*//all", "1"]), ["no_estate", 2]);
    });

    it("suggests the estate that was meant", async () => {
      const { exit, err } = await programs.run("alpha", ["send", "bta//jobs", "1"]);
      assert.deepEqual([exit, err], [2, ['raet: no estate "bta" is known; did you mean beta']]);
    });
  });

  it("listen prints bodies alone, and ends after quiet", async () => {
    const listener = programs.start("beta", ["listen", "raw", "--raw", "--idle", "3"]);
    await said(listener, listener.errorLines, /^listening on /);
    for (const body of ['"text"', '{"n":1}']) {
      assert.equal((await programs.run("alpha", ["send", "beta//raw", body])).exit, 0);
    }
    assert.equal(await listener.exited, 0);
    assert.deepEqual(listener.lines, ["text", '{"n":1}']);
  });

  it("ping measures the road", async () => {
    const args = ["ping", "beta", "--count", "3", "--interval", "0.05", "--json"];
    const { exit, json } = await programs.run("alpha", args);
    assert.equal(exit, 0, JSON.stringify(json));
    assert.equal(json.length, 4);
    const { sent, answered, lossPercent, minMs, maxMs } = json[3] as Record<string, number>;
    assert.deepEqual([sent, answered, lossPercent], [3, 3, 0]);
    assert.ok(minMs > 0 && minMs <= maxMs);
    assert.deepEqual(await programs.fail("alpha", ["ping", "bta"]), ["no_estate", 2]);
  });

  it("bench measures against a far end of its own", async () => {
    const serving = programs.start("beta", ["bench", "--serve"]);
    await said(serving, serving.errorLines, /^serving beta\/\/bench /);
    for (const more of [[], ["--ask"]]) {
      const args = ["bench", "beta", "--for", "0.3", "--flight", "8", "--json", ...more];
      const { exit, json } = await programs.run("alpha", args);
      assert.equal(exit, 0, JSON.stringify(json));
      assert.deepEqual(json.map(({ flight, failed }) => [flight, failed]), [[1, 0], [8, 0]]);
    }
    serving.kill("SIGINT");
    assert.equal(await serving.exited, 0);
    assert.match(serving.lines[0], /^[\d,]+ messages were taken$/);
    assert.deepEqual(await programs.fail("alpha", ["bench", "beta"]), ["no_share", 2]);
  });

  it("estates, yards, shares and stats show what show shows", async () => {
    for (const verb of ["estates", "yards", "shares", "stats"]) {
      const { exit, json } = await programs.run("alpha", [verb, "--json"]);
      assert.equal(exit, 0);
      const shown = await programs.run("alpha", ["show", verb, "--json"]);
      const keys = (rows: Json[]) => rows.slice(0, 1).map((row) => Object.keys(row));
      assert.deepEqual(keys(json), keys(shown.json), verb);
    }
    const [beta] = (await programs.run("alpha", ["estates", "--json"])).json;
    assert.deepEqual([beta.name, beta.state, beta.ours], ["beta", "allowed", true]);
    assert.ok((beta.messagesSent as number) > 0);
  });

  it("completion asks the running manor", async () => {
    const estates = await programs.run("alpha", ["__complete", "estate"]);
    assert.deepEqual([estates.exit, estates.out], [0, ["beta"]]);
    assert.ok((await programs.run("beta", ["__complete", "route"])).out.includes("alpha//"));
  });
});

describe("a command without a manor", () => {
  it("says so in one sentence: exit code 6", async () => {
    await using programs = new Programs();
    for (
      const args of [["ask", "a//b"], ["ping", "a"], ["bench", "a"], ["estates"], ["yards"], [
        "shares",
      ]]
    ) {
      assert.deepEqual(await programs.fail("nobody", args), ["no_manor", 6], args.join(" "));
    }
  });
});
