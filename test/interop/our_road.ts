import { ReferenceRoad } from "./reference.ts";
import type { RoadSetup } from "./peer.ts";
/** Not there yet. */
export class OurRoad extends ReferenceRoad {
  constructor(setup: RoadSetup) {
    super("", setup);
    throw new Error("not there yet");
  }
}
