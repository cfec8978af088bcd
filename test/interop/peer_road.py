"""Drives a RoadStack of the Python reference.

Commands: start, join, transmit, accept, reject, stats, stop. Events: ready, remotes (whenever
something of a remote changed), received, stats, raised. With `loss` that many percent of the
datagrams in either direction are thrown away before the stack or the socket sees them; with `delay`
they are held up for that many ms.
"""
import collections
import random
import time

from peer import Peer, emit, make_body

from raet.raeting import AutoMode, BodyKind, HeadKind
from raet.road.keeping import RoadKeep
from raet.road.stacking import RoadStack


class LongWay(object):
    """Stands before the reference's socket handler; loses datagrams and holds them up."""

    def __init__(self, server, percent, delay, seed):
        self.server = server
        self.percent = percent
        self.delay = delay
        self.random = random.Random(seed)
        self.coming = collections.deque()
        self.going = collections.deque()

    def __getattr__(self, name):
        return getattr(self.server, name)

    def put(self, queue, data, address):
        if self.random.random() * 100 >= self.percent:
            queue.append((time.monotonic() + self.delay, data, address))

    def take(self, queue):
        if queue and queue[0][0] <= time.monotonic():
            return queue.popleft()[1:]
        return b"", None

    def receive(self):
        data, source = self.server.receive()
        while data:
            self.put(self.coming, data, source)
            data, source = self.server.receive()
        return self.take(self.coming)

    def send(self, data, destination):
        self.put(self.going, data, destination)
        self.flush()
        return len(data)

    def flush(self):
        data, destination = self.take(self.going)
        while data:
            self.server.send(data, destination)
            data, destination = self.take(self.going)


class RoadPeer(Peer):
    """A road stack that manages its presence like any application of it."""

    known = None
    managing = True

    def do_start(self, name, dir, host="127.0.0.1", port=0, main=False, auto="never", period=1.0,
                 mutable=True, body="json", head="raet", keep="json", loss=0, delay=0, seed=1,
                 burst=0, role=None, kind=0):
        RoadStack.Bk = BodyKind[body].value
        RoadStack.Hk = HeadKind[head].value
        RoadStack.BurstSize = burst
        RoadKeep.Ext = keep
        RoadStack.JoinentTimeout = 0.0  # as Salt has it: a pending join waits for the operator
        self.stack = RoadStack(
            name=name, dirpath=dir, ha=(host, port), main=main, auto=AutoMode[auto].value,
            period=period, offset=period / 2, mutable=mutable, role=role, kind=kind)
        if loss or delay:
            self.stack.server = LongWay(self.stack.server, loss, delay / 1000, seed)
        emit("ready", address=list(self.stack.server.ha), uid=self.stack.local.uid,
             remotes=[remote.name for remote in self.stack.remotes.values()])

    def serve(self):
        self.stack.serviceAllRx()
        if self.managing:
            self.stack.manage(cascade=True)
        self.stack.serviceAllTx()
        if isinstance(self.stack.server, LongWay):
            self.stack.server.flush()

    def report(self):
        super(RoadPeer, self).report()
        remotes = [
            {
                "name": remote.name, "role": remote.role, "address": list(remote.ha),
                "nuid": remote.nuid, "fuid": remote.fuid, "main": bool(remote.main),
                "kind": remote.kind, "joined": remote.joined, "allowed": remote.allowed,
                "alived": remote.alived, "acceptance": remote.acceptance,
                "transactions": len([t for t in remote.transactions.values() if t.kind == 0]),
            }
            for remote in self.stack.remotes.values()
        ]
        if remotes != self.known:
            self.known = remotes
            emit("remotes", remotes=remotes)

    def do_join(self, host, port):
        remote = self.stack.createRemote((host, port))
        self.stack.join(uid=remote.uid, timeout=0.0, cascade=True)

    def do_transmit(self, to, label, first, count, size, bytes=False, route=None):
        uid = self.stack.fetchUidByName(to)
        for index in range(first, first + count):
            self.stack.transmit(make_body(label, index, size, bytes, route), uid=uid)

    def do_accept(self, name):
        self.stack.keep.acceptRemote(self.stack.nameRemotes[name])

    def do_reject(self, name):
        self.stack.keep.rejectRemote(self.stack.nameRemotes[name])

    def do_manage(self, on):
        self.managing = on


peer = RoadPeer()
peer.run()
if peer.stack:
    peer.stack.server.close()
