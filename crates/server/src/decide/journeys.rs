//! `POST /v1/journeys/{id}/enter`: a system calls for a journey for one customer.
//!
//! The body names the customer, a key and what belongs to it; the same key again changes nothing.

use crate::http::Site;
use crate::http::problem::Problem;
use crate::perceive::read;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::{Entering, Input, Reply};
use model::JourneyId;
use serde::Serialize;

/// What became of a call.
#[derive(Debug, Serialize)]
pub struct Entered {
    journey: String,
    /// `entered`, `again` (the key was used before) or `not_now` (the journey is not for this customer at present).
    state: &'static str,
}

/// Lets a customer enter a journey that is set off by calls.
pub async fn enter(
    State(site): State<Site>,
    Path(journey): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Entered>), Problem> {
    let report = read::call(&body, &journey, crate::now(), &site.world.now().institution)?;
    let id = JourneyId::new(journey.as_str());
    let Reply::Entering(entering) = site.core.decide(Input::Enter { journey: id, report }).await? else {
        return Err(Problem::internal(&"the engine answered something else"));
    };
    let (status, state) = match entering {
        Entering::Entered => (StatusCode::ACCEPTED, "entered"),
        Entering::Again => (StatusCode::OK, "again"),
        Entering::NotNow => (StatusCode::OK, "not_now"),
        Entering::Stranger => return Err(Problem::not_found("no such customer")),
        Entering::Unknown => {
            return Err(Problem::not_found(format!("no journey {journey:?} that is set off by calls")));
        }
    };
    Ok((status, Json(Entered { journey, state })))
}
