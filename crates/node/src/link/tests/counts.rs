//! What is sent is what was counted and paid: under whose signature the carrier writes, and in the alphabet it bills.

use super::*;
use engine::decide::{OrderRequest, Recipient};
use engine::entry::{Body, Order, Tell};
use model::{AccountId, Phone, Private};

const ACCOUNT: &str = "id = \"core\"\ndepartment = \"retail\"\nclasses = [\"customer_service\"]\n\
                       class = \"customer_service\"\nsignatures = [\"鸿雁银行信用卡中心\"]\n";

/// A text of an account's, under a signature; how many parts were decided and which texts the carrier got.
fn sent(route: &[(&str, &str)], signature: Option<&str>, text: &str) -> (u8, Vec<String>) {
    let shipped = library::files().find(|(path, _)| *path == "routes/demo.toml").unwrap().1.to_owned();
    let demo = route.iter().fold(shipped, |file, (old, new)| file.replace(old, new));
    let world = world(&[("accounts/core.toml", ACCOUNT), ("routes/demo.toml", &demo)]);
    let mut rig = Rig::of(&world, world.routes.values().next().unwrap());
    rig.connect();
    let order = Order {
        account: AccountId::new("core"),
        reference: None,
        body: Some(Body::Text(Private::new(text))),
        signature: signature.map(Into::into),
        extension: None,
        tell: Tell::Nothing,
        at: None,
        plan: None,
        replays: None,
        key: None,
        pieces: Vec::new(),
    };
    let to = Recipient::Phone(Phone::parse("13800000009", "86").unwrap());
    let request =
        OrderRequest { order, to, key: None, class: None, subtype: None, validity: None, piece: None };
    rig.step(&[Input::Orders(vec![request])]);
    let messages: Vec<u8> = rig
        .engine
        .state()
        .messages
        .values()
        .map(|message| message.sending.as_ref().map_or(0, |sending| sending.parts.len() as u8))
        .collect();
    rig.talk();
    let alphabet = |coding| wire::smpp::coding::alphabet(coding, wire::smpp::coding::Alphabet::Gsm);
    let text = |message: &Message| {
        wire::smpp::coding::decode(alphabet(message.data_coding), &message.payload.0).unwrap()
    };
    (messages[0], rig.seen.iter().map(|(_, message)| text(message)).collect())
}

#[test]
fn a_carrier_that_writes_the_signature_gets_parts_cut_for_the_accounts_own() {
    let carrier = [("signature = \"head\"", "signature = \"carrier_head\"")];
    // 62 characters and the institution's 【…】 are one part; with the account's longer one they are two.
    let body = "汉".repeat(62);
    let (parts, texts) = sent(&carrier, None, &body);
    assert_eq!((parts, texts.len()), (1, 1));
    let (parts, texts) = sent(&carrier, Some("鸿雁银行信用卡中心"), &body);
    assert_eq!((usize::from(parts), texts.len()), (2, 2), "what was paid is what is sent");
    assert_eq!(texts.concat(), body, "without the signature: the carrier writes it");
    assert_eq!(texts[0].chars().count(), 67 - "【鸿雁银行信用卡中心】".chars().count());
}

#[test]
fn a_carrier_that_knows_only_ucs2_is_paid_and_sent_so() {
    let unsigned = ("signature = \"head\"", "signature = \"none\"");
    let text = "a".repeat(100);
    assert_eq!(sent(&[unsigned], None, &text).0, 1);
    let ucs2 = ("tps = 2000", "tps = 2000\ncharset = \"ucs2\"");
    let (parts, texts) = sent(&[unsigned, ucs2], None, &text);
    assert_eq!((parts, texts.concat()), (2, text));
    assert_eq!(texts[0].len(), 67);
}
