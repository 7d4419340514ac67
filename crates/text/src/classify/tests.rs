//! A model from a handful of grammars: the same bytes for the same input, whole or refused, and evidence that points
//! at the text as it was written.

use super::*;

const LEXICON: &str = "@bank mask\nOne Bank | 第一银行\n@prize\nwon | prize | 中奖";
const GRAMMAR: &str = "= amt\nRs ### | INR #,###.##\n\
    + customer_service/debit x20\n{bank}: {amt} {debited|spent} {at|on} {shop|petrol} from a/c XX####\n\
    您尾号####的{bank}账户{支出|消费}##.00元\n\
    + scam/prize x20\nYou {won|have won} a prize of {amt}! Call 09######### now\n恭喜您中奖##万元，请点击http://a.example/#领取\n\
    + other/ x20\n{hi|hey} {mum|dad}, {see you|call me} {later|tonight}\n{晚上|明天}{回家|一起}{吃饭|看电影}{吗|吧}";

fn trained() -> (Classifier, Report) {
    let (lexicon, corpus) =
        Corpus::of_files([("c/lexicon.txt", LEXICON), ("c/a.txt", GRAMMAR)].into_iter()).unwrap();
    train(&lexicon, &corpus.expand(1).unwrap(), &Options::default())
}

#[test]
fn the_same_corpus_gives_the_same_bytes_and_they_read_back() {
    let bytes = trained().0.write();
    assert_eq!(bytes, trained().0.write());
    let model = Classifier::read(&bytes).unwrap();
    assert_eq!(model.write(), bytes);
    for end in [0, 7, 20, bytes.len() / 2, bytes.len() - 1] {
        assert!(Classifier::read(&bytes[..end]).is_err(), "{end} bytes are no model");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Classifier::read(&longer).unwrap_err().expected, "the end");
    let mut newer = bytes;
    newer[7] += 1;
    assert_eq!(Classifier::read(&newer).unwrap_err().at, 0);
}

#[test]
fn classes_subtypes_languages_and_evidence() {
    let (model, report) = trained();
    assert!(report.samples > 60 && report.accuracy >= 0.0);
    for (text, class, subtype, language) in [
        ("One Bank: Rs 250 spent at shop from a/c XX9876", "customer_service", "debit", "en"),
        ("您尾号1234的第一银行账户消费50.00元", "customer_service", "debit", "zh"),
        ("You have won a prize of Rs 999! Call 09123456789 now", "scam", "prize", "en"),
        ("明天一起吃饭吗", "other", "", "zh"),
    ] {
        let verdict = model.of(&Message { text, ..Message::default() });
        assert_eq!(
            (verdict.class, verdict.subtype.as_str(), verdict.language),
            (class, subtype, language),
            "{text}"
        );
        assert!(verdict.confidence > 0.0 && verdict.confidence <= 1.0);
        assert_eq!(verdict.review, verdict.confidence < REVIEW_BELOW);
        let length = text.chars().count() as u32;
        assert!(!verdict.evidence.is_empty(), "{text}");
        assert!(
            verdict.evidence.iter().all(|e| e.start < e.end && e.end <= length && e.weight > 0.0),
            "{text}"
        );
    }
}

#[test]
fn a_signature_that_is_no_part_of_the_text_moves_no_evidence() {
    let (model, _) = trained();
    let text = "You won a prize";
    let verdict = model.of(&Message { text, signature: "第一银行", ..Message::default() });
    assert!(verdict.evidence.iter().all(|e| e.end as usize <= text.len()), "{:?}", verdict.evidence);
}

#[test]
fn every_text_has_a_verdict() {
    let (model, _) = trained();
    let long = "退".repeat(100_000);
    for text in ["", " ", "\u{200B}", "%", "{{", "x", "#", "****", "&lt;#&gt;", "𝗌𝗉𝖾𝗇𝗍 ۱۲۳", "\0\u{7}", &long]
    {
        let sum: f32 = model.weigh(&Message { text, ..Message::default() }).iter().sum();
        assert!((sum - 1.0).abs() < 1e-3, "{text:?}: {sum}");
    }
}
