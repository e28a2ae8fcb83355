//! Which revenues a request selects.

use domain::counting::Selection;
use domain::filter::QueryReader;
use domain::problem::{Code, Violation, quote};
use domain::revenue::RevenueType;
use domain::value::{Currency, Date, FromText};
use uuid::Uuid;

/// The parameters that select revenues.
pub fn selection(params: &mut impl QueryReader) -> Selection {
    let kind = params.take("type", "Revenues of this type.", RevenueType::from_text);
    let source = params.take(
        "revenue_source_id",
        "Revenues from this source.",
        Uuid::from_text,
    );
    let currency = params.take(
        "currency",
        "Revenues in this currency.",
        Currency::of_filter,
    );
    let from = params.take(
        "date_from",
        "Revenues that occurred on this UTC day or later.",
        Date::from_text,
    );
    let to = params.take(
        "date_to",
        "Revenues that occurred on this UTC day or earlier.",
        |text| {
            let to = Date::from_text(text)?;
            if from.is_some_and(|from| to < from) {
                let detail = format!("must not be before date_from, got {}", quote(text));
                return Err(Violation::new(Code::OutOfRange, detail));
            }
            Ok(to)
        },
    );
    Selection {
        kind,
        currency,
        source,
        from,
        to,
    }
}
