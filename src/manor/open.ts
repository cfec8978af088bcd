/**
 * Opens a manor: the home's lock, the keep, the road's socket, and what they make together. Whatever
 * fails on the way, nothing is left open.
 *
 * @module
 */
import { formatAddress } from "../base/address.ts";
import { loadCrypto } from "../crypto/load.ts";
import { LANE_FAULT } from "../io/backends.ts";
import { systemClock } from "../io/clock.ts";
import { hasDurableStore, SqliteDurableStore } from "../io/durable_store.ts";
import { FolderStore } from "../io/file_store.ts";
import { openHome } from "../io/home.ts";
import { LaneEndpoint } from "../io/lane_endpoint.ts";
import { closeLaneFolder, openLaneFolder } from "../io/lane_folder.ts";
import { lockHome } from "../io/lock.ts";
import { systemRandom } from "../io/random.ts";
import { UdpSocket } from "../io/udp.ts";
import { Keep } from "../keep/keep.ts";
import { LANE_NAME, MANOR_YARD } from "../route/triple.ts";
import { findStackName, planEstate, settleEstate, systemWorld } from "./estate.ts";
import { joinTargets } from "./joins.ts";
import { Manor } from "./manor.ts";
import type { ManorOptions } from "./options.ts";

/**
 * Opens the manor of a home, and makes the home if it isn't there.
 *
 * @throws {RaetError} home_in_use, bad_config, usage
 */
export async function openManor(options: ManorOptions): Promise<Manor> {
  const home = openHome(options.home);
  const name = findStackName(home.keep, options.name);
  const lock = lockHome(home, name, Date.now());
  const undo: (() => unknown)[] = [() => lock.release()];
  try {
    const crypto = await loadCrypto();
    const keep = new Keep(new FolderStore(home.keep), name, options.keepFormat);
    const durable = hasDurableStore() ? new SqliteDurableStore(home.durable) : undefined;
    undo.push(() => durable?.close());
    const plan = planEstate(keep, name, options);
    // The port must be known before the manor can be: what comes in between is sent again.
    let manor: Manor | null = null;
    const socket = await UdpSocket.open(plan.listen, {
      onDatagram: (datagram, from) => manor?.onDatagram(datagram, from),
      onBatch: () => manor?.onBatch(),
      onError: (error) => manor?.warn("the road", error),
    });
    undo.push(() => socket.close());
    const local = settleEstate(keep, plan, socket.address, options, systemWorld(crypto));
    lock.update({ name: local.name, address: formatAddress(socket.address) });
    manor = new Manor({
      options: { ...options, join: joinTargets(options.join) },
      home,
      clock: systemClock,
      random: systemRandom,
      crypto,
      keep,
      local,
      socket,
      durable,
      resolve: (host) => socket.resolve(host),
      openLane: LANE_FAULT !== null ? null : (handlers) => {
        const directory = openLaneFolder(home, LANE_NAME);
        return LaneEndpoint.open({ lane: LANE_NAME, yard: MANOR_YARD, directory, ...handlers });
      },
      release: () => {
        closeLaneFolder(home);
        lock.release();
      },
    });
    undo.splice(0, Infinity, () => manor?.close(0));
    await manor.start();
    return manor;
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}
