//! The codes of problems.

/// The codes of records and of their fields: see `docs/errors.md`.
const CODES: [&str; 20] = [
    "already_exists",
    "duplicate",
    "internal_error",
    "invalid_format",
    "invalid_type",
    "invalid_value",
    "malformed_json",
    "not_found",
    "not_nullable",
    "out_of_range",
    "outcome_unknown",
    "required",
    "too_few",
    "too_long",
    "too_many",
    "too_short",
    "unavailable",
    "unknown_field",
    "validation_failed",
    "version_conflict",
];

/// What a code is called that this version does not know. New ones may come.
pub const OTHER: &str = "other";

/// The code with this name.
pub fn named(name: &str) -> &'static str {
    CODES
        .into_iter()
        .find(|code| *code == name)
        .unwrap_or(OTHER)
}
