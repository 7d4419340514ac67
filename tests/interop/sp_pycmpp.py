"""An account of Hongyan's on PyPI pycmpp (CMPP 2.1): host, port, SP id, secret, source number. Prints what it was answered.

The library never answers a DELIVER, so no reports are asked for.
"""

import json
import os
import sys
import threading

from pycmpp.cmpp import Cmpp

host, port, name, secret, source = sys.argv[1:6]
TEXTS = [("8613800000002", "您好"), ("8613800000003", "一二三四五六七八九十" * 12)]
PARTS = 3
CONNECT_RESP, TERMINATE_RESP, SUBMIT_RESP, ACTIVE_TEST_RESP = 0x80000001, 0x80000002, 0x80000004, 0x80000008
ids, enquired, connected = [], threading.Event(), threading.Event()
taken = threading.Event()
client = Cmpp(host=host, port=int(port), sp_id=name, sp_secret=secret, src_id=source)


def say(**what):
    print(json.dumps(what), flush=True)


def heard(command, body):
    if command == CONNECT_RESP:
        assert body[0] == 0, f"CONNECT_RESP: {body[0]}"
        connected.set()
    elif command == SUBMIT_RESP:
        assert body[8] == 0, f"SUBMIT_RESP: {body[8]}"
        ids.append(int.from_bytes(body[:8], "big"))
        say(id=str(ids[-1]))
        if len(ids) == PARTS:
            taken.set()
    elif command == ACTIVE_TEST_RESP and not enquired.is_set():
        say(enquired=True)
        enquired.set()
    elif command == TERMINATE_RESP:
        say(unbound=True)
        os._exit(0)


class Watched:
    """The library keeps answers to itself: what it reads is read here as well."""

    def __init__(self, socket):
        self.socket = socket
        self.head = None

    def __getattr__(self, what):
        return getattr(self.socket, what)

    def recv(self, size):
        octets = self.socket.recv(size)
        try:
            self.see(octets)
        except Exception as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
        return octets

    def see(self, octets):
        if self.head is None:
            assert len(octets) == 12, "the connection was closed"
            self.head = octets
            # An empty body is read as well, so that this is always followed by another call.
            return
        command = int.from_bytes(self.head[4:8], "big")
        self.head = None
        heard(command, octets)


client.so = Watched(client.so)


def drive():
    ok = connected.wait(30)
    for to, text in TEXTS:
        client.submit(text, [to])
    ok = ok and taken.wait(30) and enquired.wait(30)
    if not ok:
        os._exit(1)
    client.terminate()


threading.Thread(target=drive, daemon=True).start()
threading.Timer(50, lambda: os._exit(1)).start()
client.run()
