//! The maps in the chapter do what the chapter says.

use super::*;
use serde_json::json;

/// The code block of the chapter that follows `<!-- map:NAME -->`.
fn map(name: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/perceive.md");
    let text = fs::read_to_string(page).unwrap();
    let (_, after) = text.split_once(&format!("<!-- map:{name} -->\n```toml\n")).unwrap();
    after.split_once("\n```").unwrap().0.to_owned()
}

#[test]
fn the_map_of_customers_reads_customers() {
    let folder = Folder::new();
    folder.put("branches.csv", "branch_no,city\n7,苏州\n");
    let mut server = Server::default();
    let text = "no,mobile,tz,status,name,sex,age,branch,income,score,vip,born,seen,card,agreed,agreed_on\n\
        1,13800001234,,A,张三,M,41,7,\"12,000.50\",0.7,是,19850501,1.5.2026 09:30,6222021234567890,1,2026-01-02\n\
        2,NULL,,D,-李四,,,8,0,,否,1985-05-01,,,,\n\
        3,,,X,skipped,,,,,,,,,,,\n";
    let outcome = ingest_into(&mut server, &folder, "c.csv", text.as_bytes(), &map("customers"));
    assert_eq!((outcome.tally(), outcome.said), ([3, 2, 0, 0, 1], Vec::new()));
    let expect = json!({
        "id": "C000001", "phone": "+8613800001234", "zone": "Asia/Shanghai", "standing": "normal",
        "attributes": {
            "name": "张三", "gender": "男", "age": 41, "city": "苏州", "income": {"money": "12000.50", "currency": "CNY"},
            "risk_score": 0.7, "vip": true, "birth_date": {"date": "1985-05-01"},
            "last_visit": {"time": "2026-05-01T07:30:00.000Z"}, "segment": "retail", "card_tail": "7890"
        },
        "consents": [{
            "class": "marketing", "state": "granted", "at": "2026-01-01T16:00:00.000Z", "evidence": "form-1"
        }]
    });
    assert_eq!(server.items[0], expect);
    assert_eq!((&server.items[1]["phone"], &server.items[1]["consents"]), (&Value::Null, &json!([])));
}

#[test]
fn the_map_of_events_reads_events() {
    let text = r#"{"account":376,"owner":{"id":"C1"},"booked":"2026-05-01","clock":"0930","seq":1,"code":"D","sign":"+","amount":{"value":1200.5},"kind":"card","purpose":"food"}"#;
    let found = items("e.jsonl", text, &map("events"));
    let expect = json!({
        "id": found[0]["id"], "customer": "C1", "type": "transaction", "at": "2026-05-01T07:30:00.000Z",
        "fields": {
            "amount": {"money": "1200.50", "currency": "CZK"}, "direction_text": "转入", "account_tail": "0376",
            "merchant": "餐饮"
        }
    });
    assert_eq!(found, [expect]);
}
