"""An account of Hongyan's on PyPI cmppy (CMPP 3.0): host, port, SP id, secret, source number. Prints what it was answered.

The library makes a connection for each message and cannot read a report, so none is asked for.
"""

import json
import sys

import cmppy
from cmppy import Cmppy, SubmitReq

host, port, name, secret, source = sys.argv[1:6]
cmppy._log = lambda message: None
for to, text in [("8613800000001", "Balance 5.00 due"), ("8613800000002", "您好")]:
    client = Cmppy(host, int(port), name, secret)
    answer = client.request(SubmitReq(name, text, src_id=source, dest_terminal_id=[to]))
    assert answer is not None and answer.result == 0, vars(answer) if answer else "no answer"
    print(json.dumps({"id": str(answer.msg_id)}), flush=True)
