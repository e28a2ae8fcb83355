//! The pages that describe the API. They are files of the repository, and part of the program.

use shared::http::Answer;
use shared::http::docs::Docs;

/// The group of the operations of this function in the document.
pub const TAG: &str = "api";
/// The path of the document.
pub const OPENAPI: &str = "/openapi.json";
/// The path of the page that the `type` of each problem names.
pub const ERRORS: &str = "/docs/errors.md";

const ROOT: &str = include_str!("root.json");
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// Where to begin.
pub fn root() -> Answer {
    Answer::page(JSON, ROOT)
}

/// The document of the API.
pub fn openapi() -> Answer {
    Answer::page(JSON, include_str!("../../../docs/openapi.json"))
}

/// What each problem means, and what to do about it.
pub fn errors() -> Answer {
    Answer::page(TEXT, include_str!("../../../docs/errors.md"))
}

pub fn root_docs(docs: &mut Docs<'_>) {
    docs.name("get_root", TAG, "Where to begin");
    docs.page(
        "application/json",
        "The name of the API, and where its documents are.",
    );
}

pub fn openapi_docs(docs: &mut Docs<'_>) {
    docs.name("get_openapi", TAG, "This document");
    docs.page("application/json", "This document.");
}

pub fn errors_docs(docs: &mut Docs<'_>) {
    docs.name("get_errors", TAG, "What each problem means");
    docs.page(
        "text/plain",
        "The page that the `type` of each problem names.",
    );
}
