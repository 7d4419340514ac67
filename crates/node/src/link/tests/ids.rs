//! Carriers that write the ids of messages one way in their answers and another way in their receipts.

use super::*;
use engine::world::{IdNotation, Protocol};

/// Whether a receipt finds its message where the carrier writes ids so.
fn meet(ids: IdNotation, answered: &str, receipted: &str) -> bool {
    let mut route = Route::clone(WORLD.routes.values().next().unwrap());
    let Protocol::Smpp(account) = &mut route.protocol else { panic!("the demo's carrier speaks SMPP") };
    account.ids = ids;
    let mut rig = Rig::of(&WORLD, &route);
    rig.connect();
    rig.note(1, "您好");
    let (connection, sequence, _) = rig.unanswered.remove(0);
    rig.carriers[connection].answer_submit(sequence, Status::OK, answered).unwrap();
    rig.talk();
    rig.commit();
    let receipt = format!("id:{receipted} sub:001 dlvrd:001 stat:DELIVRD err:000");
    rig.deliver(7, "8613800000001", EsmClass::RECEIPT, receipt.as_bytes(), 0);
    rig.commit();
    assert_eq!(rig.acknowledged, [7], "a receipt is never refused");
    rig.phases().is_empty()
}

#[test]
fn a_receipt_finds_its_message_by_whatever_notation_the_route_names() {
    assert!(meet(IdNotation::HexThenDecimal, "1A2B", "6699"));
    assert!(meet(IdNotation::DecimalThenHex, "6699", "1a2b"));
    assert!(meet(IdNotation::Decimal, "6699", "0000006699"));
    assert!(meet(IdNotation::Hex, "00001A2B", "1a2b"));
    assert!(meet(IdNotation::HexThenDecimal, "no-number", "no-number"));
    // Under the wrong one it waits for a message that never comes.
    assert!(!meet(IdNotation::Same, "1A2B", "6699"));
    assert!(!meet(IdNotation::Decimal, "1A2B", "6699"));
}
