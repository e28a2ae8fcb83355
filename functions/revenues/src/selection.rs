//! Which revenues a request selects.

use domain::counting::Selection;
use domain::problem::{Code, Violation, quote};
use domain::revenue::RevenueType;
use domain::value::{Currency, Date, FromText};
use shared::http::Params;
use uuid::Uuid;

/// The parameters that select revenues.
pub fn selection(params: &mut Params) -> Selection {
    let kind = params.take("type", RevenueType::from_text);
    let source = params.take("revenue_source_id", Uuid::from_text);
    let currency = params.take("currency", Currency::of_filter);
    let from = params.take("date_from", Date::from_text);
    let to = params.take("date_to", |text| {
        let to = Date::from_text(text)?;
        if from.is_some_and(|from| to < from) {
            let detail = format!("must not be before date_from, got {}", quote(text));
            return Err(Violation::new(Code::OutOfRange, detail));
        }
        Ok(to)
    });
    Selection {
        kind,
        currency,
        source,
        from,
        to,
    }
}
