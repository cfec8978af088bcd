import { describe } from "node:test";
import { testSeeds } from "./seeds.ts";

describe("what estates promise, whatever happens to them,", () => testSeeds(1, 100));
