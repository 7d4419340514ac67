//! An account of Hongyan's on crate `smpp34`. It submits, waits for its receipts and one reply, lets the crate ask whether the
//! link lives, and leaves. The crate tells only its log that its question was answered, so its log is read.

use async_trait::async_trait;
use hongyan_clients::{Arguments, Failure, PATIENCE, RECEIPT, UCS2, expected, from_ucs2, parts, say, texts};
use log::{LevelFilter, Log, Metadata, Record};
use serde_json::json;
use smpp34::client::{BIND_TYPE, SMSC, SmppClient, SmppClientListener};
use smpp34::{SmppConnectionInformation, TlvTag, deliver_sm, deliver_sm_resp};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

/// How often the crate asks, in milliseconds.
const ENQUIRE_MS: u64 = 500;
/// The crate's other clocks as it sets them itself, in milliseconds, and its sizes.
const SESSION_MS: u64 = 5_000;
const INACTIVITY_MS: u64 = 300_000;
const RESPONSE_MS: u64 = 30_000;
const BUFFER: usize = 1_500;
const WINDOW: usize = 10;

static ALIVE: Notify = Notify::const_new();
static SAID: AtomicBool = AtomicBool::new(false);

/// Hears that the crate's enquire_link was answered.
struct Overheard;

impl Log for Overheard {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        if line.contains("received enquire_link_resp for") && !SAID.swap(true, Ordering::Relaxed) {
            say(json!({ "enquired": true }));
            ALIVE.notify_one();
        }
    }

    fn flush(&self) {}
}

struct Listener {
    bound: mpsc::UnboundedSender<SMSC>,
    delivered: mpsc::UnboundedSender<deliver_sm>,
}

#[async_trait]
impl SmppClientListener for Listener {
    async fn on_smsc_bound(&self, smsc: SMSC, _: &String) {
        let _ = self.bound.send(smsc);
    }

    async fn on_deliver_sm(
        &self,
        request: deliver_sm,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> deliver_sm_resp {
        let _ = self.delivered.send(request.clone());
        request.accept()
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    log::set_logger(&Overheard)?;
    log::set_max_level(LevelFilter::Info);
    let to = Arguments::read()?;
    let (bound, mut binds) = mpsc::unbounded_channel();
    let (delivered, mut deliveries) = mpsc::unbounded_channel();
    let mut client = SmppClient::new_with_default_timers(
        to.host.clone(),
        to.port,
        false,
        BIND_TYPE::TRX,
        to.name.clone(),
        to.password.clone(),
        String::new(),
        0,
        0,
        String::new(),
        Arc::new(Listener { bound, delivered }),
        SESSION_MS,
        ENQUIRE_MS,
        INACTIVITY_MS,
        RESPONSE_MS,
        BUFFER,
        WINDOW,
    );
    client.start().await;
    let smsc = timeout(PATIENCE, binds.recv()).await?.ok_or("expected a bind, found none")?;
    submit(&smsc, &to.source).await?;
    let (mut receipts, mut replies) = (0, 0);
    while receipts < to.receipts || replies == 0 {
        let message =
            timeout(PATIENCE, deliveries.recv()).await?.ok_or("expected a deliver_sm, found none")?;
        if message.esm_class & RECEIPT == 0 {
            replies += 1;
            reply(&message)?;
        } else {
            receipts += 1;
            receipt(&message)?;
        }
    }
    timeout(PATIENCE, ALIVE.notified()).await?;
    let left = smsc.send_unbind().await;
    left.map_err(|error| expected("an answer to unbind", error))?;
    say(json!({ "unbound": true }));
    client.stop().await;
    Ok(())
}

async fn submit(smsc: &SMSC, source: &str) -> Result<(), Failure> {
    for (number, text) in texts() {
        for part in parts(&text) {
            let submit = smsc.submit_sm().source_addr(source).destination_addr(number).registered_delivery(1);
            let submit = submit.data_coding(part.coding).esm_class(part.esm_class).short_message(part.octets);
            let answer = submit.send().await.map_err(|error| expected("an answer to submit_sm", error))?;
            let id = answer.message_id.ok_or("expected an id, found none")?;
            say(json!({ "id": id }));
        }
    }
    Ok(())
}

fn receipt(message: &deliver_sm) -> Result<(), Failure> {
    let named = message.tlvs.iter().find(|tlv| tlv.tag == TlvTag::ReceiptedMessageId as u16);
    let id = named.and_then(|tlv| tlv.as_string()).ok_or_else(|| expected("an id", &message.tlvs))?;
    say(json!({ "receipt": id, "text": String::from_utf8_lossy(&message.short_message) }));
    Ok(())
}

fn reply(message: &deliver_sm) -> Result<(), Failure> {
    if message.data_coding != UCS2 {
        return Err(expected("UCS-2", message.data_coding));
    }
    say(json!({ "reply": from_ucs2(&message.short_message), "from": message.source_addr }));
    Ok(())
}
