//! Unknown and missing members of an object.

use super::Object;
use crate::problem::{Code, ErrorSink, PROBLEMS_MAX, quote};

/// How alike two names must be for one to be suggested for the other: 1 is equal.
const SUGGESTED_SIMILARITY_MIN: f64 = 0.6;

/// Reports the members that are missing in an object within a body, and those that are not known.
pub fn check_members(
    object: &Object,
    errors: &mut ErrorSink<'_>,
    optional: &[&'static str],
    required: &[&'static str],
) {
    for name in required.iter().filter(|name| !object.contains_key(**name)) {
        errors.at(*name).add(Code::Required, "is required");
    }
    refuse_unknown(object, errors, &[optional, required].concat(), &[]);
}

/// Reports the unknown members of an object, as many as are listed.
pub fn refuse_unknown(
    object: &Object,
    errors: &mut ErrorSink<'_>,
    writable: &[&str],
    read_only: &[&str],
) {
    let unknown = object.keys().filter(|name| {
        let is_known = |known: &&str| known == name;
        !writable.iter().any(is_known) && !read_only.iter().any(is_known)
    });
    for name in unknown.take(PROBLEMS_MAX) {
        let detail = unknown_field(name, writable, read_only);
        errors.at(name).add(Code::UnknownField, detail);
    }
}

/// What to say of an unknown field: the known field that it resembles, and all known fields.
pub fn unknown_field(name: &str, writable: &[&str], read_only: &[&str]) -> String {
    let suggestion = nearest(name, writable.iter().chain(read_only))
        .map(|known| format!("; did you mean {}?", quote(known)));
    let mut detail = format!(
        "is not a known field{} Known fields: {}",
        suggestion.as_deref().unwrap_or("."),
        writable.join(", ")
    );
    if !read_only.is_empty() {
        detail += &format!("; read-only: {}", read_only.join(", "));
    }
    detail
}

/// The known name that a name resembles most, if it resembles one.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    // Names of very different lengths are not alike, and need not be compared.
    let has_similar_length = |known: &&&str| {
        let (shorter, longer) = (length.min(known.len()), length.max(known.len()));
        shorter as f64 >= longer as f64 * SUGGESTED_SIMILARITY_MIN
    };
    let similarity = |known: &str| strsim::normalized_damerau_levenshtein(name, known);
    let alike = known
        .into_iter()
        .filter(has_similar_length)
        .map(|known| (similarity(known), *known))
        .filter(|(similarity, _)| *similarity >= SUGGESTED_SIMILARITY_MIN);
    alike
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}
