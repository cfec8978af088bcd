/**
 * `raet version`.
 *
 * @module
 */
import { CONTROL_VERSION } from "../../route/control.ts";
import type { Verb } from "../verb.ts";
import { VERSION } from "../version.ts";

/** The version, and what it is made of. */
export const versionVerb: Verb = {
  name: "version",
  summary: "say which version this is, and what it runs on",
  places: ["command"],
  examples: [
    ["version", "with the runtime and the ciphers that it picked"],
    ["version --json", "for a script"],
  ],
  json: [
    "{version, commit, build, runtime, target, crypto, controls}; build is source, deno, sfx or bun, commit",
    "  null where nobody knows; controls is the version of what commands and manors say to each other:",
    "  both have to be of the same",
  ],
  define(command, session) {
    command.action(async () => {
      const [{ BUILD }, { describeRuntime }, { loadCrypto }] = await Promise.all([
        import("../../io/build.ts"),
        import("../../io/runtime.ts"),
        import("../../crypto/load.ts"),
      ]);
      const { runtime, target } = describeRuntime();
      const { name: crypto } = await loadCrypto();
      const { how: build, commit } = BUILD;
      session.output.record(
        { version: VERSION, commit, build, runtime, target, crypto, controls: CONTROL_VERSION },
        `raet ${VERSION}`,
        `built     ${
          build === "source" ? "not: from source" : `${build}, commit ${commit ?? "unknown"}`
        }`,
        `runtime   ${runtime}, ${target}`,
        `ciphers   ${crypto}`,
        `controls  version ${CONTROL_VERSION}`,
      );
    });
  },
};
