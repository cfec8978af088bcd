/**
 * Writes a file of a store again and again, each time with the next number on every line, and prints
 * the number after the write returned. To be killed.
 *
 * @module
 */
import fs from "node:fs";
import process from "node:process";
import { utf8 } from "../../src/base/bytes.ts";
import { FolderStore } from "../../src/io/file_store.ts";

const [root, path, first] = process.argv.slice(2);
const store = new FolderStore(root);
for (let n = Number(first);; n++) {
  store.write(path, utf8(`${n}\n`.repeat(2000)));
  fs.writeSync(1, `${n}\n`); // out of the process before the next write begins
}
