import { ReferenceLane } from "./reference.ts";
import type { LaneSetup } from "./peer.ts";
/** Not there yet. */
export class OurLane extends ReferenceLane {
  constructor(setup: LaneSetup) {
    super("", setup);
    throw new Error("not there yet");
  }
}
