//! `GET /v1/openapi.json`: the description of the API for accounts (OpenAPI 3.1). It is written by hand, and tests hold
//! it to the routes that are served and the fields that are read and written.

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
