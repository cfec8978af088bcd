/** Starts the program as a system without Unix datagram sockets would: this one says it is a macOS. */
import process from "node:process";

Object.defineProperty(process, "platform", { value: "darwin" });
await import("../../src/main.ts");
