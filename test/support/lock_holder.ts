/**
 * Takes the lock of a home, says so, and holds it until it is killed.
 *
 * @module
 */
import process from "node:process";
import { openHome } from "../../src/io/home.ts";
import { lockHome } from "../../src/io/lock.ts";

const [path, name] = process.argv.slice(2);
try {
  const lock = lockHome(openHome(path), name, Date.now());
  lock.update({ address: "127.0.0.1:4505" });
  console.log("held");
  setInterval(() => lock.update({}), 1000);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}
