"""An account of Hongyan's on PyPI aiosmpplib: host, port, name, password, source number, receipts to wait for. It submits, waits
for its receipts and one reply, lets the library ask whether the link lives, and leaves; it does not wait for
the answer to its unbind. Prints what it was answered."""

import asyncio
import json
import sys

from aiosmpplib import ESME, AbstractHook, DeliverSm, PhoneNumber, SubmitSm, SubmitSmResp
from aiosmpplib.protocol import EnquireLinkResp
from aiosmpplib.state import SmppCommandStatus

host, port, name, password, source, awaited = sys.argv[1:7]
TEXTS = [("8613800000001", "Balance 5.00 due"), ("8613800000002", "您好"), ("8613800000003", "一二三四五六七八九十" * 12)]
# The library asks when nothing has come for so many seconds.
QUIET_SECONDS = 0.5
told, enquired = asyncio.Event(), asyncio.Event()


def say(**what):
    print(json.dumps(what), flush=True)


class Hook(AbstractHook):
    receipts = 0
    replies = 0

    async def sending(self, smpp_message, pdu, client_id):
        pass

    async def received(self, smpp_message, pdu, client_id):
        if isinstance(smpp_message, DeliverSm):
            self.delivered(smpp_message)
        elif isinstance(smpp_message, SubmitSmResp):
            assert smpp_message.command_status == SmppCommandStatus.ESME_ROK, smpp_message.command_status
            say(id=smpp_message.message_id)
        elif isinstance(smpp_message, EnquireLinkResp) and not enquired.is_set():
            say(enquired=True)
            enquired.set()

    def delivered(self, message):
        if message.is_receipt():
            receipt = message.parse_receipt()
            say(receipt=receipt["id"], text=str(receipt))
            self.receipts += 1
        else:
            say(**{"reply": message.short_message, "from": message.source.number})
            self.replies += 1
        if self.receipts == int(awaited) and self.replies:
            told.set()

    async def send_error(self, smpp_message, error, client_id):
        raise error


async def main():
    esme = ESME(smsc_host=host, smsc_port=int(port), system_id=name, password=password, hook=Hook(),
                enquire_link_interval=QUIET_SECONDS)
    for number, (to, text) in enumerate(TEXTS):
        await esme.broker.enqueue(SubmitSm(
            short_message=text, source=PhoneNumber(source), destination=PhoneNumber(to),
            registered_delivery=1, log_id=str(number)))
    running = asyncio.create_task(esme.start())
    await asyncio.wait_for(told.wait(), 30)
    await asyncio.wait_for(enquired.wait(), 30)
    await esme.stop()
    running.cancel()


asyncio.run(main())
