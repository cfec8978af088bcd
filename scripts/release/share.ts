/**
 * What lies beside the program once it is installed: man pages, and completions for the shells, as a
 * tree below `share` and as one packed file with the same bytes each time.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { completionScript } from "../../src/cli/completion/scripts.ts";
import { verbsOf } from "../../src/cli/verbs/table.ts";
import { mustRun } from "../compile/run.ts";
import { sessionFor } from "../docs.ts";
import { manPages } from "./man.ts";

/** The files of the tree by their paths below `share`. */
export function shareFiles(date: Date): Map<string, string> {
  const files = new Map<string, string>();
  for (const [name, text] of manPages(date)) files.set(`man/man${name.at(-1)}/${name}`, text);
  const script = (shell: "bash" | "zsh" | "fish") =>
    completionScript(shell, verbsOf("command"), sessionFor("command"));
  files.set("bash-completion/completions/raet", script("bash"));
  files.set("zsh/site-functions/_raet", script("zsh"));
  files.set("fish/vendor_completions.d/raet.fish", script("fish"));
  return files;
}

/** Writes the tree into a folder. */
export function writeShare(folder: string, date: Date): void {
  for (const [name, text] of shareFiles(date)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** Packs the tree that lies in `folder/share`. */
export async function packShare(folder: string, out: string, date: Date): Promise<void> {
  const seconds = Math.floor(date.getTime() / 1000);
  const plain = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"];
  const tar = ["--format=ustar", ...plain, `--mtime=@${seconds}`, "-C", folder];
  const gzip = ["--use-compress-program", "gzip -9n"];
  await mustRun("tar", [...tar, ...gzip, "-cf", out, "share"]);
}
