//! The sentences of problem responses: what was wrong, and what to do about it.

use domain::problem::{PROBLEMS_MAX, Problems, Violation, quote};

use crate::error::Failure;

/// What happened, and what to do about it.
pub(super) fn detail(failure: &Failure) -> String {
    match failure {
        Failure::MalformedRequest(why) => format!("The request is not valid HTTP: {why}."),
        Failure::ForeignHost(host) => format!(
            "The host must be localhost or an address of this machine, got {}.",
            quote(host)
        ),
        Failure::UnsupportedPrecondition(name) => format!(
            "This request does not support {name}. To update only the version that you have read, send if-match with the \
             update of one record, or \"version\" in each record of a batch."
        ),
        Failure::MalformedJson(why) => format!("The body is not valid JSON: {why}."),
        Failure::MalformedQuery(problems) | Failure::QueryTooWide(problems) => {
            query_detail(problems)
        }
        Failure::PermissionDenied(permission) => {
            format!("The API key lacks the permission {permission}.")
        }
        Failure::NotFound(what) => format!("There is no such {what} in this workspace."),
        Failure::MethodNotAllowed(methods) => {
            format!("This route supports {}.", methods.join(", "))
        }
        Failure::VersionConflict { named, current: 0 } => format!(
            "Expected version {named}, but the record does not exist. Leave out version to create it."
        ),
        Failure::VersionConflict { named, current } => format!(
            "Expected version {named}, but the record is at version {current}. Read it again and retry."
        ),
        Failure::PreconditionFailed {
            malformed: Some(tag),
            ..
        } => format!(
            "The versions in if-match must be in plain quotes, as in if-match: \"3\"; got {}.",
            quote(tag)
        ),
        Failure::PreconditionFailed { current, .. } => format!(
            "The record is at version {current}, which if-match does not contain. Read it again and retry."
        ),
        Failure::PayloadTooLarge(max) => {
            format!("The body must have at most {max} bytes. Send the records in smaller batches.")
        }
        Failure::LimitExceeded(detail) => detail.clone(),
        Failure::FallbackAbove100(payees) => format!(
            "The fallback_percentage values of {} active payees add up to more than 100. Lower some of them; payees lists \
             the payees.",
            payees.len()
        ),
        Failure::Validation(problems) => validation_detail(problems),
        Failure::UnsupportedEncoding(coding) => format!(
            "The body must not be compressed, got content-encoding {}. Send plain JSON.",
            quote(coding)
        ),
        Failure::OfWebPage
        | Failure::Unauthenticated
        | Failure::NoRoute
        | Failure::AlreadyExists(_)
        | Failure::Contention
        | Failure::UnsupportedMediaType
        | Failure::Internal(_)
        | Failure::Unavailable(_)
        | Failure::OutcomeUnknown(_)
        | Failure::CreateUnknown(_) => fixed_detail(failure).to_owned(),
    }
}

/// The details that do not depend on the request.
fn fixed_detail(failure: &Failure) -> &'static str {
    match failure {
        Failure::Unauthenticated => {
            "Send a valid API key as \"Authorization: Bearer <key>\". The key is missing, malformed, unknown, revoked or \
             expired."
        }
        Failure::OfWebPage => {
            "Requests of other web pages than the API reference of this port are refused; origin names the page. Send it \
             from a program."
        }
        Failure::NoRoute => "There is no such route.",
        Failure::AlreadyExists(_) => {
            "Another record has this external_id; existing_id is its id. Update that record, or choose another \
             external_id."
        }
        Failure::Contention => {
            "Other requests kept changing the record. Nothing was applied; send the request again."
        }
        Failure::UnsupportedMediaType => {
            "Send the body as JSON, with \"Content-Type: application/json\"."
        }
        Failure::Unavailable(_) => {
            "The database did not accept the request. Nothing was applied; send the request again."
        }
        Failure::OutcomeUnknown(_) => {
            "The write may or may not have been applied. Send the same request again: it is never applied twice."
        }
        Failure::CreateUnknown(_) => {
            "The create may or may not have been applied. Look for the record before you send the request again: without \
             an external_id, that may create a second record."
        }
        // Failures with a detail of their own do not get here.
        Failure::Internal(_)
        | Failure::MalformedRequest(_)
        | Failure::ForeignHost(_)
        | Failure::UnsupportedPrecondition(_)
        | Failure::MalformedJson(_)
        | Failure::MalformedQuery(_)
        | Failure::QueryTooWide(_)
        | Failure::PermissionDenied(_)
        | Failure::NotFound(_)
        | Failure::MethodNotAllowed(_)
        | Failure::VersionConflict { .. }
        | Failure::PreconditionFailed { .. }
        | Failure::PayloadTooLarge(_)
        | Failure::UnsupportedEncoding(_)
        | Failure::LimitExceeded(_)
        | Failure::FallbackAbove100(_)
        | Failure::Validation(_) => {
            "Something went wrong on our side. Quote the request id when you report it."
        }
    }
}

fn validation_detail(problems: &Problems) -> String {
    match problems.as_slice() {
        [one] => format!("{}: {}.", one.pointer, one.detail),
        many if many.len() == PROBLEMS_MAX => {
            format!("At least {PROBLEMS_MAX} fields are invalid; errors lists the first of them.")
        }
        many => format!("{} fields are invalid; errors lists them.", many.len()),
    }
}

fn query_detail(problems: &[(String, Violation)]) -> String {
    match problems {
        [(parameter, violation)] => format!("{}: {}.", parameter_name(parameter), violation.detail),
        many => format!(
            "{} query parameters are invalid; errors lists them.",
            many.len()
        ),
    }
}

/// The name of a parameter in a sentence. Our own need no quotes.
fn parameter_name(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match !name.is_empty() && name.bytes().all(is_plain) {
        true => name.to_owned(),
        false => quote(name),
    }
}
