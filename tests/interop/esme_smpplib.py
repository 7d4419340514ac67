"""An account of Hongyan's on PyPI smpplib: host, port, name, password, source number. Prints what it was answered."""

import json
import sys

import smpplib.client
import smpplib.consts
import smpplib.gsm

host, port, name, password, source = sys.argv[1:6]
TEXTS = [("8613800000001", "Balance 5.00 due"), ("8613800000002", "您好"), ("8613800000003", "一二三四五六七八九十" * 12)]


def say(**what):
    print(json.dumps(what), flush=True)


ids, receipts = [], []
client = smpplib.client.Client(host, int(port), allow_unknown_opt_params=True)
client.set_message_sent_handler(lambda pdu: (ids.append(pdu.message_id.decode()), say(id=ids[-1])))


def received(pdu):
    receipts.append(pdu.receipted_message_id.decode())
    say(receipt=receipts[-1], text=pdu.short_message.decode())
    return smpplib.consts.SMPP_ESME_ROK


client.set_message_received_handler(received)
client.connect()
client.bind_transceiver(system_id=name, password=password)
sent = 0
for to, text in TEXTS:
    parts, coding, header = smpplib.gsm.make_parts(text)
    for part in parts:
        client.send_message(
            source_addr_ton=smpplib.consts.SMPP_TON_INTL, source_addr=source,
            dest_addr_ton=smpplib.consts.SMPP_TON_INTL, destination_addr=to,
            short_message=part, data_coding=coding, esm_class=header, registered_delivery=True)
        sent += 1
while len(receipts) < sent or len(ids) < sent:
    client.read_once()
client.unbind()
client.disconnect()
