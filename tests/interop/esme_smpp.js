// An account of Hongyan's on npm smpp: host, port, name, password, source number, receipts to wait for. It submits, waits for its
// receipts and one reply, asks whether the link lives, and leaves. Prints what it was answered.
"use strict";
const smpp = require("smpp");

const [host, port, name, password, source, awaited] = process.argv.slice(2);
const texts = [["8613800000001", "Balance 5.00 due"], ["8613800000002", "您好"], ["8613800000003", "一二三四五六七八九十".repeat(12)]];
const CHARACTERS_MAX = 70;
const PART_CHARACTERS = 67;
const say = (what) => console.log(JSON.stringify(what));
let receipts = 0;
let replied = false;

// The parts of a text, with the user data header that says which is which; the package itself does not cut.
function parts(text) {
  if (text.length <= CHARACTERS_MAX) return [text];
  const pieces = text.match(new RegExp(`.{1,${PART_CHARACTERS}}`, "gu"));
  return pieces.map((message, at) => ({ udh: Buffer.from([5, 0, 3, 7, pieces.length, at + 1]), message }));
}

const session = smpp.connect({ url: `smpp://${host}:${port}` }, () => {
  session.bind_transceiver({ system_id: name, password }, (bound) => {
    if (bound.command_status !== 0) throw new Error(`bind: ${bound.command_status}`);
    for (const [to, text] of texts) {
      for (const short_message of parts(text)) {
        session.submit_sm({ source_addr: source, destination_addr: to, registered_delivery: 1, short_message }, (answer) => {
          if (answer.command_status !== 0) throw new Error(`submit_sm: ${answer.command_status}`);
          say({ id: answer.message_id });
        });
      }
    }
  });
});

function leave() {
  session.enquire_link((alive) => {
    if (alive.command_status !== 0) throw new Error(`enquire_link: ${alive.command_status}`);
    say({ enquired: true });
    session.unbind((left) => {
      if (left.command_status !== 0) throw new Error(`unbind: ${left.command_status}`);
      say({ unbound: true });
      session.close();
    });
  });
}

session.on("deliver_sm", (pdu) => {
  session.send(pdu.response());
  if (pdu.esm_class & smpp.ESM_CLASS.MC_DELIVERY_RECEIPT) {
    say({ receipt: String(pdu.receipted_message_id), text: pdu.short_message.message.toString() });
    receipts += 1;
  } else {
    say({ reply: pdu.short_message.message.toString(), from: pdu.source_addr });
    replied = true;
  }
  if (replied && receipts === Number(awaited)) leave();
});
session.on("error", (error) => { throw error; });
