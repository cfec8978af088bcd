/**
 * Since when names and roles are claimed by estates that have not shown their keys. Each has its time for that
 * once, whoever comes for it: with other keys, under another name, or back from one. Else who comes in time again
 * and never shows a key would keep the estate out that could.
 *
 * @module
 */
import { HALF_OPEN_JOINS_MAX } from "../base/limits.ts";

/** A name and a role. */
interface Place {
  readonly name: string;
  readonly role: string;
}

/** All claims. Those that nobody came for for longest make room for others. */
export class Claims {
  readonly #names = new Map<string, number>();
  readonly #roles = new Map<string, number>();

  /**
   * Somebody claims a name and a role now.
   *
   * @param isUnseen whether nobody has shown the keys of the role
   * @returns since when the name is claimed, or such a role
   */
  claim({ name, role }: Place, isUnseen: boolean, now: number): number {
    const since = note(this.#names, name, now);
    return isUnseen ? Math.min(since, note(this.#roles, role, now)) : since;
  }

  /** Who has them showed its keys. */
  settle({ name, role }: Place): void {
    this.#names.delete(name);
    this.#roles.delete(role);
  }
}

function note(claims: Map<string, number>, name: string, now: number): number {
  const since = claims.get(name) ?? now;
  claims.delete(name);
  claims.set(name, since);
  if (claims.size > HALF_OPEN_JOINS_MAX) {
    const [oldest] = claims.keys();
    claims.delete(oldest);
  }
  return since;
}
