"""An account of Hongyan's on PyPI pycmpp (CMPP 2.1): host, port, SP id, secret, source number. Prints what it was answered.

The library never answers a DELIVER, so no reports are asked for.
"""

import json
import os
import sys
import threading
import time

from pycmpp import handlers
from pycmpp.cmpp import Cmpp

host, port, name, secret, source = sys.argv[1:6]
TEXTS = [("8613800000002", "您好"), ("8613800000003", "一二三四五六七八九十" * 12)]
PARTS = 3
ids = []
client = Cmpp(host=host, port=int(port), sp_id=name, sp_secret=secret, src_id=source, client_heartbeat=False)
receive = client.so


class Watched:
    """The library keeps answers to itself: what it reads is read here as well."""

    def __init__(self, socket):
        self.socket = socket
        self.head = b""

    def __getattr__(self, what):
        return getattr(self.socket, what)

    def recv(self, size):
        octets = self.socket.recv(size)
        if size == 12:
            self.head = octets
        elif self.head[4:8] == b"\x80\x00\x00\x04":
            assert octets[8] == 0, f"SUBMIT_RESP: {octets[8]}"
            ids.append(int.from_bytes(octets[:8], "big"))
            print(json.dumps({"id": str(ids[-1])}), flush=True)
        if len(ids) == PARTS:
            os._exit(0)
        return octets


client.so = Watched(receive)


def submit():
    for to, text in TEXTS:
        client.submit(text, [to])


threading.Timer(1, submit).start()
threading.Timer(30, lambda: os._exit(1)).start()
client.run()
