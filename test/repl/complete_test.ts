import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { completeLine } from "../../repl/complete.ts";
import { hintFor } from "../../repl/hints.ts";
import { withTarget } from "../../repl/target.ts";
import { FakeManor } from "../support/fake_manor.ts";
import { consoleUsages } from "../support/usages.ts";

const usages = consoleUsages();

async function complete(line: string): Promise<readonly string[]> {
  const yard = await new FakeManor().attach();
  try {
    return (await completeLine(line, { usages, yard, listening: ["mine"] })).candidates;
  } finally {
    await yard.close();
  }
}

describe("completion", () => {
  let folder = "";
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "raet-complete-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("knows the verbs", async () => {
    assert.deepEqual(await complete("un"), ["unlisten "]);
    assert.deepEqual(await complete("help wa"), ["watch "]);
    assert.deepEqual(await complete("x"), []);
  });

  it("knows estates, shares and yards in a route", async () => {
    assert.deepEqual(await complete("send "), ["beta//", "//jobs ", "/worker/"]);
    assert.deepEqual(await complete("use b"), ["beta//"]);
    assert.deepEqual(await complete("send /w"), ["/worker/"]);
  });

  it("knows topics, settings, shares, and whose keys can be judged", async () => {
    assert.deepEqual(await complete("watch tr"), ["transactions "]);
    assert.deepEqual(await complete("watch messages dr"), ["drops "]);
    assert.deepEqual(await complete("set timing o"), ["on ", "off "]);
    assert.deepEqual(await complete("listen "), ["jobs "]);
    assert.deepEqual(await complete("unlisten "), ["mine "]);
    assert.deepEqual(await complete("keys a"), ["accept "]);
    assert.deepEqual(await complete("keys accept "), ["beta "]);
  });

  it("knows options, and does not count them as arguments", async () => {
    assert.deepEqual(await complete("send --time"), ["--timeout "]);
    assert.deepEqual(await complete("send --timeout 5 b"), ["beta//"]);
    assert.deepEqual(await complete("send --timeout "), []);
  });

  it("knows what an option's value can be: a choice, a file, an estate", async () => {
    writeFileSync(join(folder, "road.jsonl"), "");
    assert.deepEqual(await complete("trace --format "), ["jsonl ", "pcapng "]);
    assert.deepEqual(await complete(`trace --out ${folder}/r`), [`${folder}/road.jsonl `]);
    assert.deepEqual(await complete("trace --estate "), ["beta "]);
  });

  it("does not offer again what stands in the line already", async () => {
    assert.deepEqual(await complete("keys show beta "), []);
    assert.deepEqual(await complete("watch drops dr"), []);
  });

  it("knows files for source, save and @", async () => {
    writeFileSync(join(folder, "lines.raet"), "");
    writeFileSync(join(folder, ".hidden"), "");
    mkdirSync(join(folder, "less"));
    assert.deepEqual(await complete(`source ${folder}/l`), [
      `${folder}/less/`,
      `${folder}/lines.raet `,
    ]);
    assert.deepEqual(await complete(`send beta//jobs @${folder}/li`), [`@${folder}/lines.raet `]);
    assert.deepEqual(await complete(`save ${folder}/.`), [`${folder}/.hidden `]);
    assert.deepEqual(await complete(`source ${folder}/no/such/`), []);
  });
});

describe("hints", () => {
  const hint = (line: string, target = "") => hintFor(line, usages, target);

  it("say the rest of a verb that can be no other, and what it takes", () => {
    assert.equal(hint("unl"), "isten [share]");
    assert.equal(hint("qui"), "t  leave the console");
    assert.equal(hint("s"), "", "that may be several");
    assert.equal(hint(""), "");
  });

  it("say the arguments that are still to come, and what the next one is", () => {
    assert.match(hint("send "), /^<route> \[body\.\.\.\] {2}\S/);
    assert.match(hint("send beta//jobs"), /^ \[body\.\.\.\]$/);
    assert.equal(hint("save "), "<file>  where to");
    assert.equal(hint("save x y "), "");
    assert.equal(hint("send ", "beta//jobs").split(" ")[0], "[route]", "one is in use");
  });

  it("say what an option takes and means", () => {
    assert.match(hint("send --timeou"), /^t <seconds> {2}\S/);
    assert.match(hint("send --timeout "), /^<seconds> {2}\S/);
    assert.equal(hint("send --timeout 5"), "");
  });

  it("are silent for what is no verb, or is not whole", () => {
    assert.equal(hint("nonsense "), "");
    assert.equal(hint('send beta//jobs {"n": '), "");
    assert.equal(hint("! ls "), "");
  });
});

describe("the route in use", () => {
  const words = (line: string, target = "beta//jobs") =>
    withTarget(line.split(" "), usages, target).join(" ");

  it("is put where none is given", () => {
    assert.equal(words("send"), "send beta//jobs");
    assert.equal(words('send {"path":"/a/b"}'), 'send beta//jobs {"path":"/a/b"}');
    assert.equal(words("send n=1 path=/tmp"), "send beta//jobs n=1 path=/tmp");
    assert.equal(words("send @some/file"), "send beta//jobs @some/file");
    assert.equal(words("send --timeout 5 1"), "send beta//jobs --timeout 5 1");
    assert.equal(words("ask 1"), "ask beta//jobs 1");
  });

  it("gives way to one that is given, right or wrong", () => {
    assert.equal(words("send gamma// 1"), "send gamma// 1");
    assert.equal(words("send --timeout 5 gamma// 1"), "send --timeout 5 gamma// 1");
    assert.equal(words("send gamma/jobs 1"), "send gamma/jobs 1");
    assert.equal(words("send web*//jobs 1"), "send web*//jobs 1");
  });

  it("means nothing to other verbs", () => {
    assert.equal(words("keys"), "keys");
    assert.equal(words("use"), "use");
    assert.equal(words("nonsense"), "nonsense");
    assert.equal(words("send --help"), "send --help");
    assert.equal(words("send 1", ""), "send 1");
  });
});
