import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { News } from "../../repl/news.ts";
import { Output } from "../../src/cli/output.ts";
import { FakeManor } from "../support/fake_manor.ts";

describe("what a console shows while it does something else", () => {
  it("is shown or counted after somebody had the whole screen", async () => {
    let text = "";
    const sink = { isTerminal: false, write: (written: string) => void (text += written) };
    const output = new Output({ out: sink, err: sink, json: false, env: {} });
    const manor = new FakeManor();
    await using yard = await manor.attach();
    const news = new News(yard, () => output, { message: () => {}, manor: () => {} });
    await news.listeners.start("jobs", false);
    news.pause();
    for (let n = 1; n <= 12; n++) {
      manor.deliver("jobs", n);
      await sleep(90); // each is printed by itself
    }
    assert.equal(text, "");
    news.resume();
    const shown = text.trimEnd().split("\n").map((line) => line.replace(/^.* > /, ""));
    const last = Array.from({ length: 10 }, (_, i) => `alpha/manor/jobs ${i + 3}`);
    assert.deepEqual(shown, ["and 2 more: 2 on jobs", ...last]);
    news.end();
  });
});
