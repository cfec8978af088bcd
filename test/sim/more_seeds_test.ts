import { describe } from "node:test";
import { testSeeds } from "./seeds.ts";

// In a file of its own, so that it runs beside the first hundred.
describe("what estates promise, whatever else happens to them,", () => testSeeds(101, 165));

describe("what estates promise of durable and ordered messages, whatever else happens to them,", () => {
  testSeeds(166, 180, { durable: true });
});

describe("what estates promise though somebody attacks them", () => {
  testSeeds(181, 200, { attacked: true });
});
