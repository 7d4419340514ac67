"""An account of Hongyan's on PyPI cmppy (CMPP 3.0): host, port, SP id, secret, source number. Prints what it was answered.

The library makes a connection for each message, ends it with TERMINATE, and cannot read a report, so none is asked for.
"""

import json
import sys

import cmppy
from cmppy import Cmppy, SubmitReq

host, port, name, secret, source = sys.argv[1:6]
TERMINATE_RESP = "80000002"


def say(**what):
    print(json.dumps(what), flush=True)


def overheard(line):
    """What the library logs of each PDU it reads: length, command, sequence number, body, in hex."""
    if line.startswith("Read:") and line.split("'")[1][8:16] == TERMINATE_RESP:
        say(unbound=True)


cmppy._log = overheard
for to, text in [("8613800000001", "Balance 5.00 due"), ("8613800000002", "您好")]:
    client = Cmppy(host, int(port), name, secret)
    answer = client.request(SubmitReq(name, text, src_id=source, dest_terminal_id=[to]))
    assert answer is not None and answer.result == 0, vars(answer) if answer else "no answer"
    say(id=str(answer.msg_id))
