/**
 * Runs a command of another user, which this process may not end: it has to be root, and to lack CAP_KILL.
 * Says how that ended, and the command's process id.
 *
 * @module
 */
import { runCommand } from "../../src/io/command.ts";

const { ended, exit, out } = await runCommand(
  ["setpriv", "--reuid", "65534", "--clear-groups", "sh", "-c", "echo $$; exec sleep 300"],
  { input: new Uint8Array(), env: {}, outBytesMax: 100, errBytesMax: 100, timeoutMs: 1000 },
);
console.log(JSON.stringify({ ended, exit, pid: Number(new TextDecoder().decode(out)) }));
