"""An account of Hongyan's on PyPI smpplib: host, port, name, password, source number, receipts to wait for. It submits, waits
for its receipts and one reply, asks whether the link lives, and leaves. Prints what it was answered."""

import json
import sys

import smpplib.client
import smpplib.consts
import smpplib.gsm
import smpplib.smpp

host, port, name, password, source, awaited = sys.argv[1:7]
TEXTS = [("8613800000001", "Balance 5.00 due"), ("8613800000002", "您好"), ("8613800000003", "一二三四五六七八九十" * 12)]
# esm_class of a receipt (SMPP 3.4 §5.2.12), for which the library has no name.
RECEIPT = 0x04


def say(**what):
    print(json.dumps(what), flush=True)


ids, receipts, replies = [], [], []
client = smpplib.client.Client(host, int(port), allow_unknown_opt_params=True)
client.set_message_sent_handler(lambda pdu: (ids.append(pdu.message_id.decode()), say(id=ids[-1])))


def received(pdu):
    if pdu.esm_class & RECEIPT:
        receipts.append(pdu.receipted_message_id.decode())
        say(receipt=receipts[-1], text=pdu.short_message.decode())
    else:
        assert pdu.data_coding == smpplib.consts.SMPP_ENCODING_ISO10646, pdu.data_coding
        replies.append(pdu.short_message.decode("utf-16-be"))
        say(**{"reply": replies[-1], "from": pdu.source_addr.decode()})
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
while len(receipts) < int(awaited) or len(ids) < sent or not replies:
    client.read_once()
client.send_pdu(smpplib.smpp.make_pdu("enquire_link", client=client))
answer = client.read_pdu()
assert answer.command == "enquire_link_resp" and answer.status == 0, answer.command
say(enquired=True)
answer = client.unbind()
assert answer.command == "unbind_resp" and answer.status == 0, answer.command
say(unbound=True)
client.disconnect()
