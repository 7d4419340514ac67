// An account of Hongyan's on npm smpp: host, port, name, password, source number. Prints what it was answered.
"use strict";
const smpp = require("smpp");

const [host, port, name, password, source] = process.argv.slice(2);
const texts = [["8613800000001", "Balance 5.00 due"], ["8613800000002", "您好"], ["8613800000003", "一二三四五六七八九十".repeat(12)]];
const say = (what) => console.log(JSON.stringify(what));
let receipts = 0;

const session = smpp.connect({ url: `smpp://${host}:${port}` }, () => {
  session.bind_transceiver({ system_id: name, password }, (bound) => {
    if (bound.command_status !== 0) throw new Error(`bind: ${bound.command_status}`);
    for (const [to, text] of texts) {
      const long = text.length > 70;
      const message = { source_addr: source, destination_addr: to, registered_delivery: 1 };
      if (long) Object.assign(message, { data_coding: 8, short_message: "", message_payload: text });
      else message.short_message = text;
      session.submit_sm(message, (answer) => {
        if (answer.command_status !== 0) throw new Error(`submit_sm: ${answer.command_status}`);
        say({ id: answer.message_id });
      });
    }
  });
});
session.on("deliver_sm", (pdu) => {
  say({ receipt: String(pdu.receipted_message_id), text: pdu.short_message.message.toString() });
  session.send(pdu.response());
  receipts += 1;
  if (receipts === texts.length) session.unbind(() => session.close());
});
session.on("error", (error) => { throw error; });
