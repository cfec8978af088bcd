/**
 * Takes the lock of a home with ever fewer files that it may open; says how often that failed, and
 * whether the lock could be had once there were enough again.
 *
 * @module
 */
import fs from "node:fs";
import process from "node:process";
import { openHome } from "../../src/io/home.ts";
import { lockHome } from "../../src/io/lock.ts";

const home = openHome(process.argv[2]);
lockHome(home, "alpha", 0).release(); // what is loaded for it needs files, too
let failed = 0;
for (let room = 8; room >= 0; room--) {
  const fds: number[] = [];
  try {
    for (;;) fds.push(fs.openSync("/dev/null", "r"));
  } catch {
    // as many as there can be
  }
  for (const fd of fds.splice(0, room)) fs.closeSync(fd);
  try {
    lockHome(home, "alpha", 0).release();
  } catch {
    failed++;
  }
  for (const fd of fds) fs.closeSync(fd);
  lockHome(home, "alpha", 0).release();
}
console.log(failed);
