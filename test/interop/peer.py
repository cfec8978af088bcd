"""What peer_road.py and peer_lane.py share: commands come as lines of JSON on stdin, events leave
as lines of JSON on stdout, and the stack is served in between by whoever subclasses Peer.

A load is text that both sides can make by themselves, so that only its hash has to be told.
"""
import hashlib
import json
import os
import select
import sys
import time
import traceback

IDLE_S = 0.02  # timers of the reference are served at least this often


def make_load(label, index, size):
    """The text of `size` characters for message `index` of the series `label`."""
    parts = []
    for block in range((size + 63) // 64):
        text = "{0}/{1}/{2}".format(label, index, block)
        parts.append(hashlib.sha256(text.encode("ascii")).hexdigest())
    return "".join(parts)[:size]


def make_body(label, index, size, as_bytes=False, route=None):
    """The body of one message of a series."""
    load = make_load(label, index, size)
    body = {"label": label, "index": index, "load": load.encode("ascii") if as_bytes else load}
    if route:
        body["route"] = route
    return body


def describe(body):
    """What of a received body the other side can check."""
    load = body.get("load", "")
    raw = load if isinstance(load, bytes) else load.encode("utf-8")
    return {
        "label": body.get("label"),
        "index": body.get("index"),
        "size": len(raw),
        "type": "bytes" if isinstance(load, bytes) else "text",
        "sha256": hashlib.sha256(raw).hexdigest(),
        "keys": sorted(key for key in body if key not in ("label", "index", "load")),
    }


def emit(event, **fields):
    """Tells one event."""
    fields["event"] = event
    sys.stdout.write(json.dumps(fields, sort_keys=True) + "\n")
    sys.stdout.flush()


class Peer(object):
    """Serves a stack and obeys commands until stdin ends or `stop` comes."""

    stack = None
    reading = True

    def __init__(self):
        self.running = True
        self.began = time.monotonic()
        self.pending = b""

    def now(self):
        return time.monotonic() - self.began

    def run(self):
        """The loop. An exception out of the reference is told, and the loop goes on."""
        while self.running:
            sockets = [sys.stdin]
            if self.stack and self.reading:
                sockets.append(self.stack.server.ss)
            readable, _, _ = select.select(sockets, [], [], IDLE_S)
            if sys.stdin in readable:
                self.read_commands()
            if not self.stack:
                continue
            try:
                self.stack.store.changeStamp(self.now())
                self.serve()
            except Exception:  # whatever escapes its service call: that is what we look for
                emit("raised", trace=traceback.format_exc())
            self.report()

    def read_commands(self):
        chunk = os.read(sys.stdin.fileno(), 65536)
        if not chunk:
            self.running = False
            return
        lines = (self.pending + chunk).split(b"\n")
        self.pending = lines.pop()
        for line in lines:
            command = json.loads(line.decode("utf-8"))
            name = command.pop("do")
            if name == "stop":
                self.running = False
            else:
                getattr(self, "do_" + name)(**command)

    def report(self):
        """Tells what came and what changed."""
        while self.stack.rxMsgs:
            body, source = self.stack.rxMsgs.popleft()
            emit("received", source=source, **describe(body))

    def serve(self):
        self.stack.serviceAll()

    def do_stats(self):
        emit("stats", stats=dict(self.stack.stats))
