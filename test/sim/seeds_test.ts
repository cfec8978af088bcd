import { describe } from "node:test";
import { testSeeds } from "./seeds.ts";

describe("what estates promise, whatever happens to them,", () => testSeeds(1, 80));

describe("what estates promise of durable and ordered messages, whatever happens to them,", () => {
  testSeeds(81, 100, { durable: true });
});
