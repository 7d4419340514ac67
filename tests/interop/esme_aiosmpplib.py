"""An account of Hongyan's on PyPI aiosmpplib: host, port, name, password, source number. Prints what it was answered."""

import asyncio
import json
import sys

from aiosmpplib import ESME, AbstractHook, DeliverSm, PhoneNumber, SubmitSm, SubmitSmResp
from aiosmpplib.state import SmppCommandStatus

host, port, name, password, source = sys.argv[1:6]
TEXTS = [("8613800000001", "Balance 5.00 due"), ("8613800000002", "您好"), ("8613800000003", "一二三四五六七八九十" * 12)]
ended = asyncio.Event()


def say(**what):
    print(json.dumps(what), flush=True)


class Hook(AbstractHook):
    ids = 0
    receipts = 0

    async def sending(self, smpp_message, pdu, client_id):
        pass

    async def received(self, smpp_message, pdu, client_id):
        if isinstance(smpp_message, SubmitSmResp):
            assert smpp_message.command_status == SmppCommandStatus.ESME_ROK, smpp_message.command_status
            say(id=smpp_message.message_id)
        elif isinstance(smpp_message, DeliverSm) and smpp_message.is_receipt():
            receipt = smpp_message.parse_receipt()
            say(receipt=receipt["id"], text=str(receipt))
            self.receipts += 1
            if self.receipts == int(sys.argv[6]):
                ended.set()

    async def send_error(self, smpp_message, error, client_id):
        raise error


async def main():
    esme = ESME(smsc_host=host, smsc_port=int(port), system_id=name, password=password, hook=Hook())
    for number, (to, text) in enumerate(TEXTS):
        await esme.broker.enqueue(SubmitSm(
            short_message=text, source=PhoneNumber(source), destination=PhoneNumber(to),
            registered_delivery=1, log_id=str(number)))
    running = asyncio.create_task(esme.start())
    await asyncio.wait_for(ended.wait(), 30)
    await esme.stop()
    running.cancel()


asyncio.run(main())
