/**
 * `raet demo`: the whole thing, on this host, in some seconds.
 *
 * @module
 */
import type { Verb } from "../verb.ts";

/** Shows two estates at work. */
export const demoVerb: Verb = {
  name: "demo",
  summary: "two estates on this host: join, accept a key, send, watch; then clean up",
  places: ["command"],
  examples: [["demo", "takes some seconds, and leaves nothing behind"]],
  json: ["each step: {step, …}; the last one is done, with ms"],
  define(command, session) {
    command.action(async () => {
      const { runDemo } = await import("../demo/story.ts");
      await runDemo(session);
    });
  },
};
