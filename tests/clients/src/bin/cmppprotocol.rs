//! An account of Hongyan's on crate `cmppprotocol` (CMPP 2.0). It submits (a long text as the crate cuts it), waits for its
//! reports and one reply, lets the crate ask whether the link lives, and leaves.
//!
//! The crate tells nobody that ACTIVE_TEST was answered; it ends a connection on which it was not. So it is told to ask each
//! second and to give up after one, and the connection must outlive that. What answers TERMINATE stands in its log alone.

use cmppprotocol::{
    CMPP_VERSION_20, CmppConfig, CmppConnection, CmppProtocolParams, Deliver, Event, SubmitOptions,
    decode_msg_content,
};
use hongyan_clients::{Arguments, Failure, PATIENCE, expected, say, texts};
use log::{LevelFilter, Log, Metadata, Record};
use serde_json::json;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

/// The crate looks for what was not answered every five seconds; after six, an ACTIVE_TEST without an answer has ended it.
const OUTLIVES: Duration = Duration::from_secs(6);
/// A class of its own is not asked for: the account's is used.
const SERVICE: &str = "";

/// Hears that TERMINATE was answered.
struct Overheard;

impl Log for Overheard {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        if record.args().to_string().contains("TERMINATE_RESP") {
            say(json!({ "unbound": true }));
        }
    }

    fn flush(&self) {}
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    log::set_logger(&Overheard)?;
    log::set_max_level(LevelFilter::Debug);
    let to = Arguments::read()?;
    let connection = CmppConnection::connect(CmppConfig {
        host: to.host,
        port: to.port.into(),
        account: to.name.clone(),
        password: to.password,
        version: CMPP_VERSION_20,
        protocol_params: CmppProtocolParams {
            heartbeat_interval: 1,
            response_timeout: 1,
            retry_count: 1,
            ..CmppProtocolParams::default()
        },
    })
    .await?;
    let mut events = connection.take_events().await.ok_or("expected the crate's events, found none")?;
    let mut submits = 0;
    for (number, text) in texts() {
        let options = SubmitOptions::new(SERVICE, &to.name, &to.source, number);
        submits += connection.submit(&options, &text, None).await?.len();
    }
    let (mut ids, mut receipts, mut replies) = (0, 0, 0);
    while ids < submits || receipts < to.receipts || replies == 0 {
        match next(&mut events).await? {
            Event::SubmitResp { msg_id, result: 0, .. } => {
                ids += 1;
                say(json!({ "id": u64::from_be_bytes(msg_id).to_string() }));
            }
            Event::Deliver(message) => {
                if told(&message) {
                    receipts += 1
                } else {
                    replies += 1
                }
            }
            other => return Err(expected("a result 0, a report or a reply", other)),
        }
    }
    match timeout(OUTLIVES, events.recv()).await {
        Err(_quiet) => say(json!({ "enquired": true })),
        Ok(other) => return Err(expected("a connection that lives", other)),
    }
    connection.close().await;
    Ok(())
}

async fn next(events: &mut Receiver<Event>) -> Result<Event, Failure> {
    Ok(timeout(PATIENCE, events.recv()).await?.ok_or("expected an event, found the end")?)
}

/// Says what a DELIVER tells, and whether it is a report.
fn told(message: &Deliver) -> bool {
    if let Some(report) = message.report() {
        say(json!({ "receipt": u64::from_be_bytes(report.msg_id).to_string(), "text": report.stat }));
        return true;
    }
    let text = decode_msg_content(message.msg_fmt, message.tp_udhi, &message.msg_content);
    say(json!({ "reply": text, "from": message.src_terminal_id }));
    false
}
