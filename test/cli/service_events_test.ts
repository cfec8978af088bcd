import { it } from "node:test";
import assert from "node:assert/strict";
import { Output } from "../../src/cli/output.ts";
import { ServiceEvents } from "../../src/cli/service_events.ts";

for (const json of [true, false]) {
  it(`the manor's events are counted and not kept while nobody reads them (json: ${json})`, () => {
    let printed = "";
    const sink = {
      isTerminal: false,
      isFull: false,
      write: (text: string) => void (printed += text),
    };
    const events = new ServiceEvents(new Output({ out: sink, err: sink, json, env: {} }));
    const warn = (message: string) => events.tell({ event: "warning", message });
    warn("first");
    sink.isFull = true;
    for (let n = 0; n < 3; n++) warn("unread");
    sink.isFull = false;
    warn("second");
    warn("third");
    const lines = printed.trimEnd().split("\n");
    assert.equal(lines.length, 4);
    const second = json ? '{"event":"left_out","count":3}' : "left_out 3 events, as nobody read";
    assert.ok(lines[1].endsWith(second), lines[1]);
    assert.match(lines[2], /second/);
  });
}
