// A message centre that is not ours: npm `smpp` speaks the protocol, this script only keeps the books.
//
//   node smsc.js LOGFILE ZONE
//
// It listens on a free port of this machine and prints `listening on ADDRESS`. Every submit_sm is written to LOGFILE as one
// line of JSON, is accepted, and gets a receipt (parameters and text of SMPP 3.4 appendix B). A line `time MILLIS` on its
// input sets the time that the books carry from then on, and is answered by `at MILLIS`: whoever replays the past tells it
// what time it is; the books also say what clocks in ZONE show then. A line `reply NUMBER TEXT` sends a customer's answer.
// `end` prints the counts as one line of JSON and ends it.
//
// It refuses nothing and knows nothing of what the messages mean. Started by tests/src/bin/interop_berka.rs, which finds
// the package through NODE_PATH.
'use strict';

const fs = require('fs');
const readline = require('readline');
const smpp = require('smpp');

const ESM_UDHI = 0x40;
const ESM_RECEIPT = 0x04;
const STATE_DELIVERED = 2;

const log = fs.createWriteStream(process.argv[2]);
const counts = { binds: 0, submits: 0, receipts: 0, receipts_acknowledged: 0, receipts_refused: 0, replies: 0, replies_acknowledged: 0, errors: 0 };
const clock = new Intl.DateTimeFormat('sv-SE', {
  timeZone: process.argv[3],
  dateStyle: 'short',
  timeStyle: 'medium',
});
let time = 0;
let local = '';
let last = null;

// The library has cut the header off and decoded the text by data_coding.
function content(pdu) {
  const body = pdu.short_message || pdu.message_payload || {};
  const message = typeof body === 'object' && 'message' in body ? body.message : body;
  const text = Buffer.isBuffer(message) ? message.toString('hex') : String(message);
  const udh = (body.udh ? [].concat(body.udh) : []).map((octets) => Buffer.from(octets).toString('hex'));
  return { text, udh };
}

function receipt(session, pdu, id) {
  const text = `id:${id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:`;
  counts.receipts += 1;
  session.deliver_sm(
    {
      source_addr_ton: pdu.dest_addr_ton,
      source_addr_npi: pdu.dest_addr_npi,
      source_addr: pdu.destination_addr,
      destination_addr: pdu.source_addr,
      esm_class: ESM_RECEIPT,
      short_message: text,
      receipted_message_id: id,
      message_state: STATE_DELIVERED,
    },
    (answer) => {
      if (answer.command_status === 0) counts.receipts_acknowledged += 1;
      else counts.receipts_refused += 1;
    }
  );
}

function submit(session, pdu) {
  counts.submits += 1;
  const id = String(1000000 + counts.submits);
  last = { session, source_addr: pdu.source_addr };
  const line = {
    id,
    at: time,
    local,
    from: pdu.source_addr,
    to: pdu.destination_addr,
    coding: pdu.data_coding,
    has_header: (pdu.esm_class & ESM_UDHI) !== 0,
    wants_receipt: (pdu.registered_delivery & 3) === 1,
    ...content(pdu),
  };
  log.write(`${JSON.stringify(line)}\n`);
  session.send(pdu.response({ message_id: id }));
  if (line.wants_receipt) receipt(session, pdu, id);
}

// UCS-2, as handsets send what is not in the default alphabet.
function reply(number, text) {
  counts.replies += 1;
  const to = { source_addr_ton: 1, source_addr_npi: 1, source_addr: number, destination_addr: last.source_addr };
  last.session.deliver_sm({ ...to, data_coding: 8, short_message: { message: text } }, (answer) => {
    if (answer.command_status === 0) counts.replies_acknowledged += 1;
  });
}

const server = smpp.createServer((session) => {
  // An answer and a receipt are two small writes: together with delayed acknowledgements they would take 40 ms.
  session.socket.setNoDelay(true);
  session.on('bind_transceiver', (pdu) => {
    counts.binds += 1;
    session.send(pdu.response());
  });
  session.on('submit_sm', (pdu) => submit(session, pdu));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on('error', (error) => {
    counts.errors += 1;
    console.error(`smsc: ${error}`);
  });
});

server.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`));

const input = readline.createInterface({ input: process.stdin });
// Whoever started this is gone.
input.on('close', () => process.exit(1));
input.on('line', (line) => {
  if (line.startsWith('time ')) {
    time = Number(line.slice('time '.length));
    local = clock.format(new Date(time));
    console.log(`at ${time}`);
  } else if (line.startsWith('reply ')) {
    const [, number, text] = line.split(' ');
    reply(number, text);
  } else if (line === 'end') {
    log.end(() => {
      console.log(JSON.stringify(counts));
      process.exit(0);
    });
  }
});
