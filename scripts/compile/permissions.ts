/**
 * What the program may do on Deno: each permission that it can't do without. `docs/building.md` shows
 * this table, and a test takes each of them away in turn to see that something breaks.
 *
 * @module
 */

/** A permission, and what it is for. */
export interface Permission {
  readonly flag: string;
  readonly why: string;
}

/** The narrowest set with which all verbs work. */
export const PERMISSIONS: readonly Permission[] = [
  {
    flag: "--allow-net",
    why:
      "the road's UDP socket, names of other estates looked up, and metrics over HTTP if asked for; " +
      "addresses are known at run time only",
  },
  {
    flag: "--allow-read",
    why: "the home of the estate, which may be anywhere, and files that are sent",
  },
  {
    flag: "--allow-write",
    why: "the keep, the lock and the sockets in the home, traces and what the console saves",
  },
  {
    flag: "--allow-env",
    why: "settings in RAET_*, HOME and TERM; commands of `raet answer` get the whole environment",
  },
  {
    flag: "--allow-sys=hostname,uid,homedir,statfs",
    why: "the name of the estate, whether files are ours, the home if HOME is not set, and for " +
      "`raet doctor` the room on the disk",
  },
  {
    flag: "--allow-run",
    why: "commands of `raet answer` and of `!` in the console, and `raet demo` starts itself",
  },
  {
    flag: "--allow-ffi",
    why:
      "Unix datagram sockets by the C library, as Deno has none that send and receive at once; " +
      "Deno can't narrow it to one library as soon as memory is shared with it",
  },
];

/** Nothing is ever loaded from elsewhere, and nobody is asked. */
export const DENIED: readonly string[] = ["--deny-import", "--no-prompt"];

/** What Deno has to be told besides. */
export const UNSTABLE: readonly string[] = ["--unstable-net"];
