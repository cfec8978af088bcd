/**
 * Namespaces of this test's own: mounts that nobody else sees, a network with nothing but its loopback.
 *
 * @module
 */
import { spawnSync } from "node:child_process";

/** Whether this user may mount things where nobody else sees them. */
export const CAN_MOUNT: boolean = spawnSync("unshare", ["-rm", "true"]).status === 0;
/** Brings up the loopback of a new network. */
export const LOOPBACK_UP = "ip link set lo up";
/** Whether this user may have a network of its own. */
export const CAN_UNSHARE_NET: boolean =
  spawnSync("unshare", ["-rn", "sh", "-c", LOOPBACK_UP]).status === 0;
