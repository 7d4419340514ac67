//! `GET /v1/openapi.json`: the description of the API (OpenAPI 3.1), for accounts and for the institution's own people and systems. It
//! is written by hand, and tests hold it to the routes that are served and the fields that are read and written.

use axum::http::header;
use axum::response::IntoResponse;

/// The description.
pub(crate) const DOCUMENT: &str = include_str!("openapi.json");

/// Answers with the description.
pub(crate) async fn document() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::api::{read, show};
    use crate::deliver::portal::{Fate, Record, notice};
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn document() -> Value {
        serde_json::from_str(DOCUMENT).unwrap()
    }

    fn names(object: &Value) -> BTreeSet<&str> {
        object.as_object().unwrap().keys().map(String::as_str).collect()
    }

    fn fields<'a>(document: &'a Value, schema: &str) -> BTreeSet<&'a str> {
        names(&document["components"]["schemas"][schema]["properties"])
    }

    #[test]
    fn every_field_that_is_read_is_described_and_no_other() {
        let document = document();
        let mut described = fields(&document, "Message");
        described.extend(fields(&document, "Batch"));
        assert_eq!(described, read::FIELDS.into_iter().collect());
        let message = &document["components"]["schemas"]["Message"]["properties"];
        let tells: Vec<&str> = read::TELLS.iter().map(|(word, _)| *word).collect();
        assert_eq!(message["tell"]["enum"], serde_json::json!(tells));
        assert_eq!(message["text"]["maxLength"], read::TEXT_BYTES_MAX);
        assert_eq!(message["reference"]["maxLength"], read::REFERENCE_BYTES_MAX);
        let batch = &document["components"]["schemas"]["Batch"]["properties"]["messages"];
        assert_eq!(batch["maxItems"], read::BATCH_MAX);
        let classes: Vec<&str> = model::MessageClass::ALL.iter().map(|class| class.name()).collect();
        let described: BTreeSet<&str> =
            message["class"]["enum"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(described, classes.into_iter().collect());
    }

    #[test]
    fn every_field_that_is_written_is_described_and_no_other() {
        let document = document();
        let row = store::views::MessageRow { phase: 7, ..Default::default() };
        let record = Record::of(&row, &[]);
        assert_eq!(record.fate, Fate::Ended(engine::entry::Outcome::Delivered));
        let shown = show::record(&record);
        assert_eq!(names(&shown), fields(&document, "Record"));
        let status = &document["components"]["schemas"]["Record"]["properties"]["status"]["enum"];
        assert_eq!(*status, serde_json::json!(show::fates()));
        let types = &document["components"]["schemas"]["Notice"]["properties"]["type"]["enum"];
        assert_eq!(*types, serde_json::json!(notice::TYPES));
    }

    /// The router's own text: each `.route("PATH", METHOD(…).METHOD(…))`, with what begins a path of several deeds spelled out.
    fn served() -> BTreeSet<(String, String)> {
        let source = include_str!("../../http/mod.rs").split_whitespace().collect::<String>();
        let mut served = BTreeSet::new();
        for route in source.split(".route(\"").skip(1) {
            let (path, rest) = route.split_once('"').unwrap();
            let deeds: &[&str] = match path.strip_suffix("/{deed}") {
                Some("/v1/cases/{id}") => &["assign", "note", "close"],
                Some("/v1/reviews/{message}") => &["approve", "reject", "label"],
                Some(other) => panic!("which deeds are there of {other}?"),
                None => &["{deed}"],
            };
            // What is behind the last method's parenthesis belongs to the router.
            let methods = rest.split(".route(").next().unwrap();
            for method in ["get", "post", "put", "delete"] {
                let first = format!(",{method}(");
                let further = format!(").{method}(");
                if methods.contains(&first) || methods.contains(&further) {
                    for deed in deeds {
                        let path = path.replace("{deed}", deed).replace("{*path}", "{path}");
                        served.insert((path, method.to_owned()));
                    }
                }
            }
        }
        served
    }

    #[test]
    fn every_route_is_described_and_no_other() {
        let document = document();
        let of = |(path, methods): (&String, &Value)| {
            let path = path.clone();
            let names: Vec<String> = methods.as_object().unwrap().keys().cloned().collect();
            names.into_iter().map(move |method| (path.clone(), method)).collect::<Vec<_>>()
        };
        let described: BTreeSet<(String, String)> =
            document["paths"].as_object().unwrap().iter().flat_map(of).collect();
        let served = served();
        assert!(served.len() > 50, "the router was read: {}", served.len());
        let lacks: Vec<_> = served.difference(&described).collect();
        let strange: Vec<_> = described.difference(&served).collect();
        assert!(lacks.is_empty() && strange.is_empty(), "not described: {lacks:?}; not served: {strange:?}");
    }

    #[test]
    fn every_operation_says_its_name_its_answers_and_the_parts_of_its_path() {
        let document = document();
        let mut names = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            let parts: BTreeSet<&str> =
                path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')).collect();
            for (method, operation) in methods.as_object().unwrap() {
                let name = operation["operationId"].as_str().unwrap();
                assert!(names.insert(name), "{name} names two operations");
                assert!(operation["summary"].is_string(), "{method} {path}");
                let answers = operation["responses"].as_object().unwrap();
                assert!(answers.keys().any(|status| status.starts_with('2')), "{method} {path}");
                let said = operation["parameters"].as_array().into_iter().flatten();
                let said: BTreeSet<&str> = said
                    .filter(|parameter| parameter["in"] == "path")
                    .filter_map(|parameter| parameter["name"].as_str())
                    .collect();
                assert_eq!(said, parts, "{method} {path}");
            }
        }
    }

    #[test]
    fn every_reference_inside_leads_somewhere() {
        fn walk<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
            match value {
                Value::Object(fields) => {
                    fields.iter().for_each(|(name, value)| match (name.as_str(), value) {
                        ("$ref", Value::String(target)) => found.push(target),
                        _ => walk(value, found),
                    })
                }
                Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
                _ => {}
            }
        }
        let document = document();
        let mut found = Vec::new();
        walk(&document, &mut found);
        assert!(!found.is_empty());
        for target in found {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
        }
        assert_eq!(document["openapi"], "3.1.0");
    }
}
