//! An account of Hongyan's on crate `rusmppc`. It submits (a long text as the crate cuts it), waits for its receipts and one
//! reply, asks whether the link lives, and leaves.

use futures::StreamExt;
use hongyan_clients::{Arguments, Failure, PATIENCE, expected, from_ucs2, say, texts};
use rusmpp::Pdu;
use rusmpp::extra::concatenation::SubmitSmMultipartExt;
use rusmpp::extra::encoding::ucs2::Ucs2;
use rusmpp::pdus::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm};
use rusmpp::tlvs::{TlvTag, TlvValue};
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{DataCoding, RegisteredDelivery};
use rusmppc::{Client, ConnectionBuilder, Event};
use serde_json::json;
use std::str::FromStr;
use tokio::time::timeout;

/// What the parts of the long text have in common.
const REFERENCE: u8 = 7;
/// A receipt once it is known what became of the message, and none on the way (SMPP 3.4 §5.2.17).
const FINAL_RECEIPT: u8 = 1;
/// The longest ASCII text here is one part.
const ASCII_MAX: usize = 140;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let to = Arguments::read()?;
    let url = format!("smpp://{}:{}", to.host, to.port);
    let (client, mut events) = ConnectionBuilder::new().response_timeout(PATIENCE).connect(url).await?;
    let bind = BindTransceiver::builder()
        .system_id(COctetString::from_str(&to.name)?)
        .password(COctetString::from_str(&to.password)?)
        .build();
    client.bind_transceiver(bind).await?;
    for (number, text) in texts() {
        for submit in cut(&to.source, number, &text)? {
            let answer = client.submit_sm(submit).await?;
            say(json!({ "id": answer.message_id().to_string() }));
        }
    }
    let (mut receipts, mut replies) = (0, 0);
    while receipts < to.receipts || replies == 0 {
        let event = timeout(PATIENCE, events.next()).await?.ok_or("expected an event, found the end")?;
        let Event::Incoming(command) = event else { return Err(expected("a PDU", event)) };
        let Some(Pdu::DeliverSm(message)) = command.pdu() else { continue };
        client.deliver_sm_resp(command.sequence_number(), DeliverSmResp::default()).await?;
        if told(message) { receipts += 1 } else { replies += 1 }
    }
    leave(&client).await
}

/// A text as the crate cuts it: in UCS-2, or one part of ASCII.
fn cut(source: &str, number: &str, text: &str) -> Result<Vec<SubmitSm>, Failure> {
    let submit = SubmitSm::builder()
        .source_addr(COctetString::from_str(source)?)
        .destination_addr(COctetString::from_str(number)?)
        .registered_delivery(RegisteredDelivery::from(FINAL_RECEIPT));
    if text.is_ascii() && text.len() <= ASCII_MAX {
        let submit = submit.data_coding(DataCoding::McSpecific).short_message(OctetString::from_str(text)?);
        return Ok(vec![submit.build()]);
    }
    Ok(submit.build().multipart(text).reference_u8(REFERENCE).encoder(Ucs2::new()).build()?)
}

/// Says what a deliver_sm tells, and whether it is a receipt.
fn told(message: &DeliverSm) -> bool {
    let named = message.tlvs().iter().find(|tlv| tlv.tag() == TlvTag::ReceiptedMessageId);
    match named.and_then(|tlv| tlv.value()) {
        Some(TlvValue::ReceiptedMessageId(id)) => {
            say(json!({ "receipt": id.to_string() }));
            true
        }
        _ => {
            let text = from_ucs2(message.short_message().as_ref());
            say(json!({ "reply": text, "from": message.source_addr.to_string() }));
            false
        }
    }
}

async fn leave(client: &Client) -> Result<(), Failure> {
    client.enquire_link().await?;
    say(json!({ "enquired": true }));
    client.unbind().await?;
    say(json!({ "unbound": true }));
    // Who has answered the farewell may have closed the connection before us; the crate calls that an error.
    let _ = client.close_and_wait().await;
    Ok(())
}
