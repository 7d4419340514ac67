//! Where values come from: templates, constants, lookups, choices, value maps, filters; and both contracts whole.

use super::*;
use serde_json::json;

#[test]
fn a_customer_is_written_whole() {
    let map = r#"
zone = "Asia/Urumqi"
currency = "USD"
[customer]
id = { template = "C{no:06}" }
phone = { column = "mobile", optional = true }
zone = { column = "tz", default = "Asia/Shanghai" }
standing = { column = "status", values = { D = "deceased", X = "do_not_contact" }, other = "normal", default = "normal" }
[customer.attributes]
name = "name"
income = { column = "income", type = "money", decimal = ",", currency = "EUR" }
fen = { column = "fen", type = "money", minor_units = true, currency_column = "ccy" }
score = { column = "score", type = "float" }
vip = { column = "vip", type = "bool" }
seen = { column = "seen", type = "time", formats = ["%Y%m%d %H%M", "unix"] }
branch = { constant = "朝阳支行" }
tail = { column = "card", last = 4 }
[[customer.consents]]
class = "marketing"
state = { column = "agreed", values = { "1" = "granted", "0" = "withdrawn" }, optional = true }
at = { column = "agreed_on", optional = true }
until = { column = "agreed_until", optional = true }
evidence = { template = "form-{no}" }
"#;
    let text = "no,mobile,tz,status,name,income,fen,ccy,score,vip,seen,card,agreed,agreed_on,agreed_until\n\
        7,138-0000-1234,,D,\"O\"\"Neil\",\"1.234,5\",-5,CNY,2,Y,20260501 0800,6222021234567890,1,2026-01-02,2027-01-02\n\
        8,,Europe/London,,b,0,0,JPY,0.25,no,1777593600,12,,,\n";
    let found = items("c.csv", text, map);
    let expect = json!({
        "id": "C000007", "phone": "+8613800001234", "zone": "Asia/Shanghai", "standing": "deceased",
        "attributes": {
            "name": "O\"Neil", "income": {"money": "1234.50", "currency": "EUR"}, "fen": {"money": "-0.05", "currency": "CNY"},
            "score": 2.0, "vip": true, "seen": {"time": "2026-05-01T02:00:00.000Z"}, "branch": "朝阳支行", "tail": "7890"
        },
        "consents": [{
            "class": "marketing", "state": "granted", "at": "2026-01-01T18:00:00.000Z",
            "until": "2027-01-01T18:00:00.000Z", "evidence": "form-7"
        }]
    });
    assert_eq!(found[0], expect);
    assert!(found[0]["attributes"]["score"].is_f64());
    let second = &found[1];
    assert_eq!(
        (&second["phone"], &second["zone"], &second["standing"]),
        (&Value::Null, &json!("Europe/London"), &json!("normal"))
    );
    assert_eq!((&second["consents"], &second["attributes"]["tail"]), (&json!([]), &json!("12")));
    assert_eq!(second["attributes"]["seen"], json!({"time": "2026-05-01T00:00:00.000Z"}));
}

#[test]
fn an_event_is_written_whole_and_filters_leave_rows_out() {
    let map = r#"
[where]
channel = ["app", ""]
[event]
id = { template = "{date}-{seq}" }
customer = "who"
type = { column = "code", values = { T = "transaction", L = "login" } }
at = { template = "{date} {time:06}", formats = "%Y%m%d %H%M%S" }
[event.fields]
on = { column = "date", type = "date", formats = "%Y%m%d" }
note = { column = "note", optional = true }
"#;
    let text = "date,time,seq,who,code,channel,note\n20260501,80000,1,C1,T,app,\n20260501,80000,2,C1,T,desk,\n20260501,235959,3,C2,L,,x\n";
    let (outcome, found) = ingest("e.csv", text, map);
    assert_eq!(outcome.tally(), [3, 2, 0, 0, 1]);
    let expect = json!({
        "id": "20260501-1", "customer": "C1", "type": "transaction", "at": "2026-05-01T00:00:00.000Z",
        "fields": {"on": {"date": "2026-05-01"}}
    });
    assert_eq!(found[0], expect);
    assert_eq!((&found[1]["type"], &found[1]["fields"]["note"]), (&json!("login"), &json!("x")));
}

const OWNERS: &str = r#"
[lookup.owner]
file = "disp.csv"
key = "account"
value = "client"
where = { type = "OWNER" }
[event]
id = "id"
customer = { lookup = "owner", column = "account" }
type = { constant = "t" }
at = { column = "day", spread = { by = ["id"], from = "09:00", to = "17:00" } }
"#;

#[test]
fn a_lookup_says_whose_an_account_is() {
    let folder = Folder::new();
    folder.put("disp.csv", "account,client,type\nA1,C1,OWNER\nA1,C2,DISPONENT\nA2,C3,OWNER\n");
    let mut server = Server::default();
    let text = b"id,account,day\n1,A1,2026-05-01\n2,A2,2026-05-01\n3,A9,2026-05-01\n";
    let outcome = ingest_into(&mut server, &folder, "e.csv", text, OWNERS);
    let customers: Vec<&str> = server.items.iter().map(|item| item["customer"].as_str().unwrap()).collect();
    assert_eq!(customers, ["C1", "C3"]);
    assert_eq!(
        outcome.said,
        ["e.csv:4:2(account): expected a key of the lookup \"owner\", found 2 characters shaped A9"]
    );
    // Between nine and five in Shanghai.
    for item in &server.items {
        let at = item["at"].as_str().unwrap();
        assert!(("2026-05-01T01:00:00"..="2026-05-01T09:00:00").contains(&&at[..19]), "{at}");
    }
}

#[test]
fn a_lookup_with_two_answers_or_a_bad_row_stops_the_ingest() {
    let folder = Folder::new();
    for (table, expect) in [
        (
            "account,client,type\nA1,C1,OWNER\nA1,C2,OWNER\n",
            "disp.csv:3: expected one client for each account in the lookup \"owner\", found a second one",
        ),
        ("account,client,type\nA1,,OWNER\n", "disp.csv:2:2(client): expected a value, found nothing"),
        ("account,client,type\nA1\n", "disp.csv:2: expected 3 cells, found 1 cell"),
        ("account,client\n", "disp.csv: expected the column \"type\", found the columns account, client"),
    ] {
        folder.put("disp.csv", table);
        let outcome = ingest_into(&mut Server::default(), &folder, "e.csv", b"id,account,day\n", OWNERS);
        let error = outcome.error().replace(&format!("{}/", folder.0.display()), "");
        assert!(error.starts_with(expect), "{error}");
    }
}

#[test]
fn choices_are_the_same_every_time() {
    let map = "[customer]\nid = \"id\"\n[[customer.consents]]\nclass = \"marketing\"\n\
        state = { choose = { column = \"id\", modulo = 3, values = [\"granted\", \"withdrawn\", \"none\"] } }\n\
        at = { constant = \"2026-01-01\" }\nevidence = { constant = \"import\" }\n";
    let (outcome, found) = ingest("c.csv", "id\n3\n4\n5\nx\n", map);
    let states: Vec<&Value> = found.iter().map(|item| &item["consents"][0]["state"]).collect();
    assert_eq!(states, [&json!("granted"), &json!("withdrawn"), &Value::Null]);
    assert_eq!(
        outcome.said,
        ["c.csv:5:1(id): expected a whole number to choose by, found 1 character shaped a"]
    );
}

#[test]
fn templates_pad_and_leave_out() {
    let name = |template: &str, row: &str| {
        let map = format!(
            "[customer]\nid = \"id\"\nattributes.name = {{ template = {template:?}, optional = true }}\n"
        );
        let (outcome, found) = ingest("c.csv", format!("id,a,b\n1,{row}\n"), &map);
        match found.first() {
            Some(item) => item["attributes"]["name"].as_str().unwrap_or("-").to_owned(),
            None => outcome.said.concat(),
        }
    };
    assert_eq!(name("{a}/{b?}", "x,"), "x/");
    assert_eq!(name("{a}/{b}", "x,"), "-");
    assert_eq!(name("{{{a}}}", "x,"), "{x}");
    assert_eq!(name("{a:04}", "12345,"), "12345");
    assert_eq!(
        name("{a:04}", "x1,"),
        "c.csv:2:2(a): expected digits to be padded with zeros, found 2 characters shaped a9"
    );
}
