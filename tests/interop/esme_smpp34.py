"""An account of Hongyan's on PyPI smpp34 (a Rust library with a Python face): host, port, name, password, source number,
receipts to wait for. It submits, waits for its receipts and one reply, and leaves. Prints what it was answered.

The library asks whether the link lives every 30 s, and tells nobody; its unbind tells nobody the answer."""

import asyncio
import json
import os
import sys

import smpp34

host, port, name, password, source, awaited = sys.argv[1:7]
TEXTS = [("8613800000001", "Balance 5.00 due"), ("8613800000002", "您好"), ("8613800000003", "一二三四五六七八九十" * 12)]
CHARACTERS_MAX, PART_CHARACTERS = 70, 67
UCS2, UDHI, RECEIPT = 8, 0x40, 0x04


def say(**what):
    print(json.dumps(what), flush=True)


def parts(text):
    """Coding, esm_class and octets of each part; the library does not cut."""
    if text.isascii():
        return [(0, 0, text.encode())]
    if len(text) <= CHARACTERS_MAX:
        return [(UCS2, 0, text.encode("utf-16-be"))]
    pieces = [text[at:at + PART_CHARACTERS] for at in range(0, len(text), PART_CHARACTERS)]
    header = lambda number: bytes([5, 0, 3, 7, len(pieces), number])
    return [(UCS2, UDHI, header(number) + piece.encode("utf-16-be")) for number, piece in enumerate(pieces, 1)]


async def main():
    client = smpp34.Client(host=host, port=int(port), system_id=name, password=password, bind_type="TRX")
    smsc = await client.connect()
    for to, text in TEXTS:
        for coding, esm_class, octets in parts(text):
            answer = await smsc.submit_sm(
                source_addr=source, destination_addr=to, registered_delivery=1,
                data_coding=coding, esm_class=esm_class, short_message=octets)
            assert answer.is_success, answer.command_status
            say(id=answer.message_id)
    receipts, replies = 0, 0
    while receipts < int(awaited) or not replies:
        event = await asyncio.wait_for(smsc.next(), 30)
        assert isinstance(event, smpp34.DeliverSmEvent), event
        if event.esm_class & RECEIPT:
            named = [tlv.as_string() for tlv in event.tlvs if tlv.tag == smpp34.TLV_RECEIPTED_MESSAGE_ID]
            say(receipt=named[0], text=event.short_message.decode())
            receipts += 1
        else:
            assert event.data_coding == UCS2, event.data_coding
            say(**{"reply": event.short_message.decode("utf-16-be"), "from": event.source_addr})
            replies += 1
    await smsc.unbind()
    await client.stop()
    # An interpreter that ends while the library's threads run crashes, without us as well.
    os._exit(0)


asyncio.run(main())
