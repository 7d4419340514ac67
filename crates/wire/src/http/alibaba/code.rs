//! Alibaba's words for our refusals, and ours for its.
//!
//! Sources: the API error codes of help.aliyun.com document 101346, the receipt codes of document 101347, the common
//! codes of developer.aliyun.com/ask/278265.
//!
//! | ours | code | |
//! |---|---|---|
//! | unknown template | `isv.SMS_TEMPLATE_ILLEGAL` | 101346 |
//! | value missing | `isv.TEMPLATE_MISSING_PARAMETERS` | 101346 |
//! | signature not filed | `isv.SMS_SIGNATURE_ILLEGAL` | 101346 |
//! | no phone number | `isv.MOBILE_NUMBER_ILLEGAL` | 101346 |
//! | opted out | `MOBILE_IN_BLACK` | a receipt code; the API has none for a single recipient |
//! | quiet hours, frequency cap, another rule | `isv.BUSINESS_LIMIT_CONTROL` | 101346; the API has none of its own |
//! | content refused | `isv.SMS_CONTENT_ILLEGAL` | 101346 |
//! | not permitted | `isp.RAM_PERMISSION_DENY` | 101346 |
//! | throttled | `Throttling.User` | common, with status 400 |
//! | budget spent | `isv.AMOUNT_NOT_ENOUGH` | 101346 |
//! | internal | `isp.SYSTEM_ERROR` | 101346 |

use super::super::guard::AuthError;
use super::super::neutral::{Fault, Refusal, Status};

/// The code of a refusal.
pub fn of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownTemplate => "isv.SMS_TEMPLATE_ILLEGAL",
        Refusal::ParamMissing(_) => "isv.TEMPLATE_MISSING_PARAMETERS",
        Refusal::SignatureNotFiled => "isv.SMS_SIGNATURE_ILLEGAL",
        Refusal::InvalidNumber => "isv.MOBILE_NUMBER_ILLEGAL",
        Refusal::OptedOut => "MOBILE_IN_BLACK",
        Refusal::QuietHours | Refusal::FrequencyCap | Refusal::Other(_) => "isv.BUSINESS_LIMIT_CONTROL",
        Refusal::ContentRefused => "isv.SMS_CONTENT_ILLEGAL",
        Refusal::NotPermitted => "isp.RAM_PERMISSION_DENY",
        Refusal::Throttled => "Throttling.User",
        Refusal::Budget => "isv.AMOUNT_NOT_ENOUGH",
        Refusal::Internal => "isp.SYSTEM_ERROR",
    }
}

/// What a code of theirs means; codes not in this table become [`Refusal::Other`] with the code.
pub fn meaning(code: &str) -> Refusal {
    match code {
        "isv.SMS_TEMPLATE_ILLEGAL" => Refusal::UnknownTemplate,
        "isv.TEMPLATE_MISSING_PARAMETERS" | "isv.INVALID_JSON_PARAM" | "isv.PARAM_LENGTH_LIMIT" => {
            Refusal::ParamMissing(None)
        }
        "isv.SMS_SIGNATURE_ILLEGAL"
        | "isv.SMS_SIGN_ILLEGAL"
        | "isv.SIGN_STATE_ILLEGAL"
        | "isv.SMS_SIGNATURE_SCENE_ILLEGAL" => Refusal::SignatureNotFiled,
        "isv.MOBILE_NUMBER_ILLEGAL" => Refusal::InvalidNumber,
        "MOBILE_IN_BLACK" => Refusal::OptedOut,
        "isv.BUSINESS_LIMIT_CONTROL" => Refusal::FrequencyCap,
        "isv.SMS_CONTENT_ILLEGAL" | "isv.BLACK_KEY_CONTROL_LIMIT" | "isv.PARAM_NOT_SUPPORT_URL" => {
            Refusal::ContentRefused
        }
        "isp.RAM_PERMISSION_DENY" | "isv.PRODUCT_UN_SUBSCRIPT" | "isv.PRODUCT_UNSUBSCRIBE" => {
            Refusal::NotPermitted
        }
        "Throttling" | "Throttling.User" | "Throttling.Api" => Refusal::Throttled,
        "isv.AMOUNT_NOT_ENOUGH"
        | "isv.OUT_OF_SERVICE"
        | "isv.DAY_LIMIT_CONTROL"
        | "isv.MONTH_LIMIT_CONTROL" => Refusal::Budget,
        "isp.SYSTEM_ERROR" => Refusal::Internal,
        _ => Refusal::Other(code.to_owned()),
    }
}

/// Status and code for a request that is not believed.
pub fn of_auth(error: &AuthError) -> (u16, &'static str) {
    match error {
        AuthError::Missing(_) => (400, "MissingParameter"),
        AuthError::Malformed { what: "Timestamp" | "x-acs-date", .. } => (400, "InvalidTimeStamp.Format"),
        AuthError::Malformed { what: "SignatureMethod", .. } => (400, "InvalidSignatureMethod"),
        AuthError::Malformed { .. } | AuthError::Unsigned(_) => (400, "IncompleteSignature"),
        AuthError::UnknownKey => (404, "InvalidAccessKeyId.NotFound"),
        AuthError::Mismatch | AuthError::Body => (400, "SignatureDoesNotMatch"),
        AuthError::Stale { .. } => (400, "InvalidTimeStamp.Expired"),
        AuthError::Replayed => (400, "SignatureNonceUsed"),
        AuthError::Full { .. } => (400, "Throttling.User"),
    }
}

/// Status and code for a request that cannot be read. Mistakes in what would be sent are answers with status 200, as
/// the vendor gives them; mistakes of the call itself are not.
pub fn of_fault(fault: &Fault) -> (u16, String) {
    let code = |code: &str| code.to_owned();
    match fault {
        Fault::UnknownAction | Fault::UnknownResource => (404, code("InvalidApi.NotFound")),
        Fault::Missing(name) => (400, format!("Missing{name}")),
        Fault::Bad { name: "TemplateParam" | "TemplateParamJson", .. } => {
            (200, code("isv.INVALID_JSON_PARAM"))
        }
        Fault::TooMany { .. } => (200, code("isv.MOBILE_COUNT_OVER_LIMIT")),
        Fault::Bad { .. } => (200, code("isv.INVALID_PARAMETERS")),
        Fault::Refused { code, .. } => (200, code.clone()),
    }
}

/// `SendStatus` of QuerySendDetails: 1 waiting, 2 failed, 3 delivered.
pub fn of_status(status: Status) -> i64 {
    match status {
        Status::Accepted | Status::Queued | Status::Held | Status::Sending | Status::Sent => 1,
        Status::Undelivered | Status::Failed | Status::Canceled => 2,
        Status::Delivered | Status::Read => 3,
    }
}

/// What a `SendStatus` means; none for a number that is none of the three.
pub fn status(number: i64) -> Option<Status> {
    match number {
        1 => Some(Status::Sent),
        2 => Some(Status::Undelivered),
        3 => Some(Status::Delivered),
        _ => None,
    }
}
