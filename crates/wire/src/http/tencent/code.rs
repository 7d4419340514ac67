//! Tencent's words for our refusals, and ours for its.
//!
//! Sources: the list of error codes in the official client (`sms/v20210111/errorcodes`), the common codes of
//! cloud.tencent.com document 382/38780.
//!
//! | ours | code |
//! |---|---|
//! | unknown template | `FailedOperation.TemplateUnapprovedOrNotExist` |
//! | value missing | `FailedOperation.TemplateParamSetNotMatchApprovedTemplate` |
//! | signature not filed | `FailedOperation.SignatureIncorrectOrUnapproved` |
//! | no phone number | `InvalidParameterValue.IncorrectPhoneNumber` |
//! | opted out | `FailedOperation.PhoneNumberInBlacklist` |
//! | quiet hours | `FailedOperation.MarketingSendTimeConstraint` |
//! | frequency cap | `LimitExceeded.PhoneNumberDailyLimit` |
//! | content refused | `InvalidParameter.DirtyWordFound` |
//! | not permitted | `UnauthorizedOperation.RequestPermissionDeny` |
//! | throttled | `LimitExceeded.DeliveryFrequencyLimit` |
//! | budget spent | `FailedOperation.InsufficientBalanceInSmsPackage` |
//! | internal | `InternalError.OtherError` |
//! | another rule | `FailedOperation.OtherError` |

use super::super::guard::AuthError;
use super::super::neutral::{Fault, Refusal};

/// The code of a refusal.
pub fn of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownTemplate => "FailedOperation.TemplateUnapprovedOrNotExist",
        Refusal::ParamMissing(_) => "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        Refusal::SignatureNotFiled => "FailedOperation.SignatureIncorrectOrUnapproved",
        Refusal::InvalidNumber => "InvalidParameterValue.IncorrectPhoneNumber",
        Refusal::OptedOut => "FailedOperation.PhoneNumberInBlacklist",
        Refusal::QuietHours => "FailedOperation.MarketingSendTimeConstraint",
        Refusal::FrequencyCap => "LimitExceeded.PhoneNumberDailyLimit",
        Refusal::ContentRefused => "InvalidParameter.DirtyWordFound",
        Refusal::NotPermitted => "UnauthorizedOperation.RequestPermissionDeny",
        Refusal::Throttled => "LimitExceeded.DeliveryFrequencyLimit",
        Refusal::Budget => "FailedOperation.InsufficientBalanceInSmsPackage",
        Refusal::Internal => "InternalError.OtherError",
        Refusal::Other(_) => "FailedOperation.OtherError",
    }
}

/// What a code of theirs means; codes not in this table become [`Refusal::Other`] with the code.
pub fn meaning(code: &str) -> Refusal {
    match code {
        "FailedOperation.TemplateUnapprovedOrNotExist"
        | "FailedOperation.TemplateIncorrectOrUnapproved"
        | "FailedOperation.TemplateIdNotExist" => Refusal::UnknownTemplate,
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        | "InvalidParameterValue.TemplateParameterFormatError"
        | "InvalidParameterValue.TemplateParameterLengthLimit" => Refusal::ParamMissing(None),
        "FailedOperation.SignatureIncorrectOrUnapproved" | "FailedOperation.MissingSignature" => {
            Refusal::SignatureNotFiled
        }
        "InvalidParameterValue.IncorrectPhoneNumber" | "FailedOperation.PhoneNumberParseFail" => {
            Refusal::InvalidNumber
        }
        "FailedOperation.PhoneNumberInBlacklist" => Refusal::OptedOut,
        "FailedOperation.MarketingSendTimeConstraint" => Refusal::QuietHours,
        "LimitExceeded.PhoneNumberDailyLimit"
        | "LimitExceeded.PhoneNumberOneHourLimit"
        | "LimitExceeded.PhoneNumberThirtySecondLimit"
        | "LimitExceeded.PhoneNumberSameContentDailyLimit" => Refusal::FrequencyCap,
        "InvalidParameter.DirtyWordFound"
        | "FailedOperation.ContainSensitiveWord"
        | "InvalidParameterValue.ContentLengthLimit"
        | "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter" => Refusal::ContentRefused,
        "LimitExceeded.DeliveryFrequencyLimit" | "RequestLimitExceeded" => Refusal::Throttled,
        "FailedOperation.InsufficientBalanceInSmsPackage"
        | "UnauthorizedOperation.ServiceSuspendDueToArrears"
        | "LimitExceeded.AppDailyLimit" => Refusal::Budget,
        code if code.starts_with("UnauthorizedOperation") || code.starts_with("AuthFailure") => {
            Refusal::NotPermitted
        }
        code if code.starts_with("InternalError") => Refusal::Internal,
        _ => Refusal::Other(code.to_owned()),
    }
}

/// The code for a request that is not believed.
pub fn of_auth(error: &AuthError) -> &'static str {
    match error {
        AuthError::Missing(_) | AuthError::Malformed { .. } | AuthError::Unsigned(_) => {
            "AuthFailure.InvalidAuthorization"
        }
        AuthError::UnknownKey => "AuthFailure.SecretIdNotFound",
        AuthError::Mismatch | AuthError::Body => "AuthFailure.SignatureFailure",
        AuthError::Stale { .. } => "AuthFailure.SignatureExpire",
        // The vendor has no nonce and no code for one used twice.
        AuthError::Replayed => "AuthFailure.SignatureFailure",
        AuthError::Full { .. } => "RequestLimitExceeded",
    }
}

/// The code for a request that cannot be read.
pub fn of_fault(fault: &Fault) -> String {
    match fault {
        Fault::UnknownAction | Fault::UnknownResource => "InvalidAction",
        Fault::Missing("PhoneNumberSet") => "MissingParameter.EmptyPhoneNumberSet",
        Fault::Missing(_) => "MissingParameter",
        Fault::TooMany { .. } => "LimitExceeded.PhoneNumberCountLimit",
        Fault::Bad { name: "BeginTime", .. } => "InvalidParameterValue.BeginTimeVerifyFail",
        Fault::Bad { name: "EndTime", .. } => "InvalidParameterValue.EndTimeVerifyFail",
        Fault::Bad { name: "Limit", .. } => "InvalidParameterValue.LimitVerifyFail",
        Fault::Bad { name: "Offset", .. } => "InvalidParameterValue.OffsetVerifyFail",
        Fault::Bad { name: "body", .. } => "FailedOperation.JsonParseFail",
        Fault::Bad { .. } => "InvalidParameter",
        Fault::Refused { code, .. } => code,
    }
    .to_owned()
}
