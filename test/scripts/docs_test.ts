import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { commandsPage, PAGE } from "../../scripts/docs.ts";
import { ERROR_TABLE } from "../../src/base/errors.ts";
import { VERBS } from "../../src/cli/verbs/table.ts";
import { PRESENCE_NAMES } from "../../src/route/control.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
const PAGES = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith(".md"));

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** What links to headings of a page may say. */
function anchorsOf(page: string): Set<string> {
  const headings = read(page).matchAll(/^#{1,6} (.*)$/gm);
  return new Set(
    Array.from(
      headings,
      ([, text]) => text.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"),
    ),
  );
}

describe("the page of commands", () => {
  it("is what scripts/docs.ts makes of the tables", () => {
    assert.equal(read(PAGE), commandsPage(), "run: deno run -A scripts/docs.ts");
  });

  it("has a section on every verb that is shown", () => {
    const headings = new Set(commandsPage().match(/^## .*$/gm));
    for (const { name, hidden, places } of VERBS) {
      const title = places.includes("command") ? `## ${name}` : `## ${name} in the console`;
      if (!hidden) assert.ok(headings.has(title), title);
    }
  });

  it("names everything that raet up tells of an estate", () => {
    const section = /^## up\n(.*?)^## /ms.exec(commandsPage())?.[1];
    for (const name of PRESENCE_NAMES) assert.match(section ?? "", new RegExp(`\\b${name}[,\n]`));
  });

  it("has its exit codes one below the other", () => {
    const rows = commandsPage().match(/^ *\d+ {2}[a-z_]+ +.*$/gm) ?? [];
    assert.equal(rows.length, Object.keys(ERROR_TABLE).length + 1);
    for (const row of rows) assert.match(row, /^[ \d]\d {2}\S/);
  });

  it("says of a command and a verb of the console with one name that they are two", () => {
    const page = commandsPage();
    for (const [there, where] of [["command", ""], ["console", "-in-the-console"]] as const) {
      const other = there === "command" ? "#listen-in-the-console" : "#listen";
      const line = page.split("\n").find((one) =>
        one.startsWith(`- [\`listen\`](#listen${where})`)
      );
      assert.ok(line?.includes(`(${other}) is another one`), line);
    }
    assert.match(page, /## listen\n\nIn the shell \(the console's .* is another one\)\./);
    assert.match(
      page,
      /## listen in the console\n\nIn the console \(the command .* is another one\)\./,
    );
  });
});

describe("the page on troubleshooting", () => {
  const text = read("docs/troubleshooting.md");

  for (const [code, { exit, meaning }] of Object.entries(ERROR_TABLE)) {
    it(`says of ${code} what it means, what is likely and what to do`, () => {
      const section = new RegExp(`^## ${code}\n(.*?)(?=^## |$(?![^]))`, "ms").exec(text)?.[1];
      assert.ok(section, `a section on ${code}`);
      assert.ok(section.includes(`Exit code ${exit}.`), `exit code ${exit}`);
      const words = meaning.split(/[,:]/)[0].toLowerCase();
      assert.ok(section.replace(/\s+/g, " ").replaceAll("`", "").toLowerCase().includes(words));
      assert.match(section, /\*\*Likely:\*\* /);
      assert.match(section, /\*\*Do:\*\* /);
    });
  }

  it("speaks of no code that isn't one", () => {
    const sections = Array.from(text.matchAll(/^## ([a-z_]+)$/gm), ([, name]) => name);
    assert.deepEqual(sections.filter((name) => !Object.hasOwn(ERROR_TABLE, name)), []);
  });
});

describe("the handbook", () => {
  for (const page of PAGES) {
    it(`has no link in ${page} that leads nowhere`, () => {
      for (const [, target] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [file, anchor] = target.split("#");
        const path = file === "" ? page : join(dirname(page), file);
        assert.ok(existsSync(join(ROOT, path)), `${target} in ${page}`);
        if (anchor) assert.ok(anchorsOf(path).has(anchor), `${target} in ${page}`);
      }
    });
  }

  it("names no verb or option that isn't one", () => {
    const help = commandsPage();
    const verbs = new Set(VERBS.map(({ name }) => name));
    for (const page of PAGES.filter((name) => name !== PAGE && name !== "docs/protocol.md")) {
      for (
        const [, verb, rest] of read(page).matchAll(
          /(?:`|^ {4}(?:deno task )?)raet ([a-z]+)\b([^`\n]*)/gm,
        )
      ) {
        assert.ok(verbs.has(verb), `raet ${verb} in ${page}`);
        for (const [option] of rest.matchAll(/(?<=\s)--[a-z][a-z-]+/g)) {
          assert.ok(help.includes(`  ${option}`), `${option} of raet ${verb} in ${page}`);
        }
      }
    }
  });
});
