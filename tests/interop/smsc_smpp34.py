"""A carrier on the server of PyPI smpp34 (a Rust library with a Python face): the port. It takes each part, sends its receipt, and
lets a customer answer once it has been given four. Prints what came, in the order in which the library hands it out: parts
that come together may change places."""

import asyncio
import json
import sys
import time

import smpp34

PARTS = 4
UCS2, UDHI, RECEIPT, DELIVERED = 8, 0x40, 0x04, 2
REPLY = "好的，谢谢"


def say(**what):
    print(json.dumps(what), flush=True)


def read(event):
    """The number of a part, 1 if it is the only one, and its text."""
    octets, number = event.short_message, 1
    if event.esm_class & UDHI:
        # The last octet of the header says which part of how many it is.
        octets, number = octets[octets[0] + 1:], octets[octets[0]]
    return number, octets.decode("utf-16-be") if event.data_coding == UCS2 else octets.decode("latin-1")


async def tell(esme, event, remote):
    now = time.strftime("%y%m%d%H%M")
    text = f"id:{remote} sub:001 dlvrd:001 submit date:{now} done date:{now} stat:DELIVRD err:000 text:"
    answer = await esme.deliver_sm(
        event.source_addr, text.encode(), source_addr=event.destination_addr, esm_class=RECEIPT,
        source_addr_ton=event.dest_addr_ton, source_addr_npi=event.dest_addr_npi,
        dest_addr_ton=event.source_addr_ton, dest_addr_npi=event.source_addr_npi,
        tlvs=[smpp34.Tlv(smpp34.TLV_RECEIPTED_MESSAGE_ID, remote.encode() + b"\0"),
              smpp34.Tlv(smpp34.TLV_MESSAGE_STATE, bytes([DELIVERED]))])
    say(receipt=remote, taken=answer.is_success)


async def reply(esme, event):
    answer = await esme.deliver_sm(
        event.source_addr, REPLY.encode("utf-16-be"), source_addr=event.destination_addr, data_coding=UCS2,
        source_addr_ton=event.dest_addr_ton, source_addr_npi=event.dest_addr_npi)
    say(reply=REPLY, taken=answer.is_success)


async def main():
    server = smpp34.Server(host="127.0.0.1", port=int(sys.argv[1]), system_id="SMPP34")
    await server.start()
    esmes, parts, tasks = {}, 0, set()
    while True:
        event = await server.next()
        if isinstance(event, smpp34.Esme):
            esmes[event.session_id] = event
            say(bound=event.system_id)
        elif isinstance(event, smpp34.SubmitSmEvent):
            parts += 1
            remote = f"p{parts}"
            event.accept(message_id=remote)
            number, text = read(event)
            say(to=event.destination_addr, number=number, text=text)
            esme = esmes[event.session_id]
            tasks.add(asyncio.create_task(tell(esme, event, remote)))
            if parts == PARTS:
                tasks.add(asyncio.create_task(reply(esme, event)))
        elif isinstance(event, smpp34.Unbound):
            say(unbound=True)


asyncio.run(main())
