"""Drives a LaneStack of the Python reference.

Commands: start, know, transmit, stats, stop. Events: ready, yards (whenever they change), received,
stats, raised.
"""
from peer import Peer, emit, make_body

from raet.lane.stacking import LaneStack
from raet.lane.yarding import RemoteYard
from raet.raeting import PackKind


class LanePeer(Peer):
    """A yard that takes pages from whoever sends them."""

    known = None

    def do_start(self, name, lane, dir, pack="json", accept=True):
        LaneStack.Pk = PackKind[{"msgpack": "pack"}.get(pack, pack)].value
        self.stack = LaneStack(
            name=name, lanename=lane, sockdirpath=dir, accept=accept, bufcnt=4)
        emit("ready", path=self.stack.server.ha)

    def serve(self):
        if self.reading:
            self.stack.serviceAllRx()
        self.stack.serviceAllTx()

    def report(self):
        super(LanePeer, self).report()
        yards = sorted(self.stack.nameRemotes)
        if yards != self.known:
            self.known = yards
            emit("yards", yards=yards)

    def do_know(self, name):
        local = self.stack.local
        self.stack.addRemote(RemoteYard(
            stack=self.stack, name=name, lanename=local.lanename, dirpath=local.dirpath))

    def do_transmit(self, to, label, first, count, size, bytes=False, route=None):
        uid = self.stack.fetchUidByName(to)
        for index in range(first, first + count):
            self.stack.transmit(make_body(label, index, size, bytes, route), uid=uid)

    def do_read(self, on):
        self.reading = on


peer = LanePeer()
peer.run()
if peer.stack:
    peer.stack.server.close()
