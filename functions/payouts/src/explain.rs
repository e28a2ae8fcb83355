//! Explaining one revenue: which rule applies, why no other does, and what each figure consists of.

use std::collections::HashSet;

use domain::filter::QueryReader;
use domain::payout::{Explanation, Payout, Snapshot, State, Window, apply, in_order, original_id};
use domain::permission::HasKind;
use domain::problem::{Code, Violation};
use domain::revenue::Revenue;
use domain::rule::Accumulation;
use domain::value::{Date, ExternalId, FromText, parse_uuid};
use schemars::JsonSchema;
use serde::Serialize;
use shared::error::Failure;
use shared::http::docs::Docs;
use shared::http::{Answer, Params, ProblemCode};
use uuid::Uuid;

use crate::books::{Books, PayoutCall, TooManyRevenues, revenues};

/// Explains one revenue.
pub async fn explain(call: PayoutCall) -> Result<Answer, Failure> {
    let request = ExplainRequest::read(&call, call.params())?;
    let (revenue, books) = futures::try_join!(read(&call, request.id), Books::read(&call))?;
    let revenue = revenue.ok_or(Failure::NotFound(Revenue::KIND.one))?;
    let snapshot = books.into_snapshot(&call)?;
    let mut known = vec![revenue.clone()];
    let opening = match request.opening {
        Some(opening) if revenue.day() < opening => return Err(after(&revenue)),
        Some(opening) => Some(opening),
        None => {
            known.extend(original(&call, &snapshot, &revenue).await?);
            default_opening(&snapshot, &known)
        }
    };
    let found = revenues(&call, opening, None).await?;
    let found = found.map_err(|many| too_many(many, opening))?;
    let found = with(&snapshot, found, known);
    let named: HashSet<Uuid> = found
        .iter()
        .filter_map(|revenue| original_id(snapshot.workspace(), revenue))
        .collect();
    let mut state = State::new(Some(named));
    let mut explanation: Option<Explanation> = None;
    for other in &found {
        let computed = apply(&snapshot, &mut state, other);
        if other.id == revenue.id {
            explanation = Some(Explanation::new(&snapshot, other, &computed, opening));
        } else if let Some(explanation) = &mut explanation {
            explanation.add_reversal(other, &computed);
        }
    }
    let missing = || Failure::Internal("a revenue is not among those that were computed".into());
    let explanation = explanation.ok_or_else(missing)?;
    let meta = ExplainMeta {
        others: explanation.others_total(),
        reversals: explanation.reversals_total,
    };
    let answer = ExplainAnswer {
        data: explanation,
        meta,
    };
    Answer::ok(&answer)?.within_limit("Shorten the conditions of the rules.")
}

/// Describes the explanation.
pub fn explain_docs(docs: &mut Docs<'_>) {
    docs.name(
        "explain_payout",
        Payout::KIND.many,
        "Explain how one revenue is shared",
    );
    docs.describe(
        "The rule that applies, the bands, the lines and the reversals, with all figures that they are computed from, \
         and why no other rule applies.",
    );
    named(docs);
    docs.problems(&[
        ProblemCode::NotFound,
        ProblemCode::ValidationFailed,
        ProblemCode::LimitExceeded,
        ProblemCode::FallbackAbove100,
    ]);
    docs.answer::<ExplainAnswer>("The explanation.");
}

/// The answer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PayoutExplanationResponse")]
struct ExplainAnswer {
    data: Explanation,
    meta: ExplainMeta,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct ExplainMeta {
    /// How many other rules there are.
    others: usize,
    /// How many refunds reverse the revenue.
    reversals: usize,
}

/// The parameters, as far as they can be read.
struct Named {
    id: Option<Uuid>,
    external_id: Option<ExternalId>,
    source: Option<Uuid>,
    opening: Option<Date>,
}

fn named(query: &mut impl QueryReader) -> Named {
    let id = "The id of the revenue. Required unless `external_id` is given; not together with it.";
    let external_id = "The external id of the revenue, in `revenue_source_id`.";
    let source = "The source of the revenue with this external id. By default the workspace's default source.";
    let opening = "The day on which the computation begins with empty sums. By default the first day of the window of \
                   the rule, or for a refund of the window of its original if that is earlier.";
    Named {
        // Text that is not a UUID selects no revenue, like the nil UUID.
        id: query.take("revenue_id", id, |text| {
            Ok(parse_uuid(text).unwrap_or(Uuid::nil()))
        }),
        external_id: query.take("external_id", external_id, ExternalId::from_text),
        source: query.take("revenue_source_id", source, Uuid::from_text),
        opening: query.take("opening", opening, Date::from_text),
    }
}

struct ExplainRequest {
    id: Uuid,
    opening: Option<Date>,
}

impl ExplainRequest {
    fn read(call: &PayoutCall, mut params: Params) -> Result<Self, Failure> {
        let Named {
            id,
            external_id,
            source,
            opening,
        } = named(&mut params);
        params.finish()?;
        let with_id = "must not be given with revenue_id";
        let problem = match (&id, &external_id, &source) {
            (Some(_), Some(_), _) => Some(("external_id", Code::InvalidValue, with_id)),
            (None, None, _) => Some((
                "revenue_id",
                Code::Required,
                "is required, unless external_id is given",
            )),
            (Some(_), None, Some(_)) => Some(("revenue_source_id", Code::InvalidValue, with_id)),
            (Some(_), None, None) | (None, Some(_), _) => None,
        };
        if let Some((parameter, code, detail)) = problem {
            return Err(Failure::MalformedQuery(vec![(
                parameter.to_owned(),
                Violation::new(code, detail),
            )]));
        }
        let source = source.unwrap_or(call.workspace().config.default_source);
        let access = call.access().basis::<Revenue>();
        let derived = external_id.map(|external_id| access.revenue_id(source, &external_id));
        Ok(Self {
            id: id.or(derived).unwrap_or(Uuid::nil()),
            opening,
        })
    }
}

async fn read(call: &PayoutCall, id: Uuid) -> Result<Option<Revenue>, Failure> {
    let key = call.access().basis::<Revenue>().revenue(id);
    Ok(call.table().get_one::<Revenue>(&key).await?)
}

/// The revenue that a refund reverses.
async fn original(
    call: &PayoutCall,
    snapshot: &Snapshot,
    refund: &Revenue,
) -> Result<Option<Revenue>, Failure> {
    let Some(id) = original_id(snapshot.workspace(), refund) else {
        return Ok(None);
    };
    let original = read(call, id).await?;
    Ok(original.filter(|original| refund.reverses(original)))
}

/// The day on which the window of the rule begins; of a refund, the earlier one of its own window
/// and that of the revenue that it reverses. `None` is everything.
fn default_opening(snapshot: &Snapshot, known: &[Revenue]) -> Option<Date> {
    let first_days = known
        .iter()
        .map(|revenue| window(snapshot, revenue).first_day());
    first_days.min().flatten()
}

/// The window of the rule that applies to a revenue: the month, if it has none of its own.
fn window(snapshot: &Snapshot, revenue: &Revenue) -> Window {
    let winner = snapshot.decide(revenue).winner;
    let accumulation = winner.map_or(Accumulation::Month, |rule| rule.body.accumulation);
    Window::of(accumulation, revenue.day())
}

/// The revenues with those that were read by their keys, which the list may not have yet.
fn with(snapshot: &Snapshot, mut revenues: Vec<Revenue>, known: Vec<Revenue>) -> Vec<Revenue> {
    let listed: HashSet<Uuid> = revenues.iter().map(|revenue| revenue.id).collect();
    let missing = known.into_iter();
    revenues.extend(missing.filter(|revenue| !listed.contains(&revenue.id)));
    match revenues.len() == listed.len() {
        true => revenues,
        false => in_order(snapshot.workspace(), revenues),
    }
}

fn after(revenue: &Revenue) -> Failure {
    let detail = format!(
        "must not be after the day of the revenue, {}",
        revenue.day()
    );
    Failure::MalformedQuery(vec![(
        "opening".to_owned(),
        Violation::new(Code::OutOfRange, detail),
    )])
}

fn too_many(TooManyRevenues { count, max }: TooManyRevenues, opening: Option<Date>) -> Failure {
    let from = opening.map_or_else(|| "the first one".to_owned(), |day| day.to_string());
    let detail = format!(
        "there are {count} revenues from {from} on, and an explanation computes at most {max}: choose a later day, \
         up to that of the revenue"
    );
    Failure::QueryTooWide(vec![(
        "opening".to_owned(),
        Violation::new(Code::OutOfRange, detail),
    )])
}
