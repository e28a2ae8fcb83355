//! Previewing payouts: what a period gives to whom, with the rules as they stand or with others.

use std::collections::HashSet;

use domain::fields::object;
use domain::payout::{
    Difference, PayeeRow, Payout, Period, Report, Snapshot, State, Statement, apply, compare,
    original_id,
};
use domain::permission::HasKind;
use domain::problem::{Code, ErrorSink, Problems};
use domain::revenue::Revenue;
use domain::rule::Rule;
use domain::schema::absent_or_set;
use schemars::JsonSchema;
use serde::Serialize;
use shared::error::Failure;
use shared::http::docs::Docs;
use shared::http::{Answer, ProblemCode};
use uuid::Uuid;

use crate::books::{Books, PayoutCall, TooManyRevenues, revenues};
use crate::changes::changed;
use crate::request::{PreviewFields, PreviewRequest, fields_of};
use crate::table;

/// The most payees in a JSON answer, and the most lines and differences.
const ROWS_MAX: usize = 1_000;

/// What to do if a response is too large.
const NARROW: &str = "Narrow it with payee_id.";

/// Computes a period and stores nothing.
pub async fn preview(call: PayoutCall) -> Result<Answer, Failure> {
    let body = call.json().await?;
    let mut problems = Problems::default();
    let Some(body) = object(&body, &mut ErrorSink::new(&mut problems)) else {
        return Err(problems.into());
    };
    let request = PreviewRequest::read(body)?;
    let period = request.period;
    let (books, revenues) = futures::try_join!(
        Books::read(&call),
        revenues(&call, Some(period.opening), Some(period.to))
    )?;
    let revenues = revenues.map_err(|many| too_many(many, period))?;
    let payee = request.payee_id(&books.payees, &mut problems);
    let changes = match request.rules.as_slice() {
        [] => problems.or(None)?,
        rules => {
            let rules = changed(&books.rules, rules, &books.payees, call.now(), problems)?;
            Some(Books {
                rules,
                products: books.products.clone(),
                payees: books.payees.clone(),
            })
        }
    };
    let now = statement(&books.into_snapshot(&call)?, period, payee, &revenues);
    match changes {
        None => answer(&call, now, None, payee),
        Some(changes) => {
            let changed = statement(&changes.into_snapshot(&call)?, period, payee, &revenues);
            let compared = compare(&now, &changed);
            answer(&call, changed, Some(compared), payee)
        }
    }
}

/// Describes the preview.
pub fn preview_docs(docs: &mut Docs<'_>) {
    docs.name(
        "preview_payouts",
        Payout::KIND.many,
        "Preview the payouts of a period",
    );
    docs.describe(
        "What each payee would get, with the rules as they are or with others. Stores nothing. With \
         `accept: text/csv`, the answer is a table of the payees.",
    );
    let rule = docs.draft::<Rule>();
    let body = docs.object::<PreviewFields>("PayoutPreviewRequest", |fields| {
        fields_of(fields);
        fields.elements("rules", &rule);
    });
    docs.body(body);
    docs.problems(&[
        ProblemCode::VersionConflict,
        ProblemCode::LimitExceeded,
        ProblemCode::FallbackAbove100,
    ]);
    docs.answer_or_csv::<PreviewAnswer>("The payouts.");
}

/// The answer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PayoutPreview")]
struct PreviewAnswer {
    data: PreviewData,
    meta: PreviewMeta,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, transform = absent_or_set)]
struct PreviewData {
    #[serde(flatten)]
    statement: Statement,
    /// With `rules`: what the payees earn less or more with them; the first 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<Vec<Difference>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, transform = absent_or_set)]
struct PreviewMeta {
    /// How many payees there are; `payees` has the first 1,000.
    payees: usize,
    /// How many lines the one payee has; `null` without `payee_id`.
    lines: Option<usize>,
    /// How many differences there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<usize>,
}

fn statement(
    snapshot: &Snapshot,
    period: Period,
    payee: Option<Uuid>,
    revenues: &[Revenue],
) -> Statement {
    let named = revenues
        .iter()
        .filter_map(|revenue| original_id(snapshot.workspace(), revenue));
    let mut state = State::new(Some(named.collect::<HashSet<Uuid>>()));
    let mut report = Report::new(period, payee.map(|payee| (payee, ROWS_MAX)));
    for revenue in revenues {
        report.add(revenue, &apply(snapshot, &mut state, revenue));
    }
    report.finish(snapshot)
}

/// The answer, narrowed to one payee if there is one.
fn answer(
    call: &PayoutCall,
    mut statement: Statement,
    mut compared: Option<Vec<Difference>>,
    payee: Option<Uuid>,
) -> Result<Answer, Failure> {
    let wanted = |row: &PayeeRow| payee.is_none_or(|payee| row.payee_id == payee);
    statement.payees.retain(wanted);
    if call.prefers("text/csv") {
        return Answer::csv(table::csv(&statement.payees)?).within_limit(NARROW);
    }
    let meta = PreviewMeta {
        payees: statement.payees.len(),
        lines: payee.map(|_| statement.lines_total),
        compared: compared.as_ref().map(Vec::len),
    };
    statement.payees.truncate(ROWS_MAX);
    if let Some(compared) = &mut compared {
        compared.truncate(ROWS_MAX);
    }
    let data = PreviewData {
        statement,
        compared,
    };
    Answer::ok(&PreviewAnswer { data, meta })?.within_limit(NARROW)
}

fn too_many(TooManyRevenues { count, max }: TooManyRevenues, period: Period) -> Failure {
    let mut problems = Problems::default();
    let detail = format!(
        "there are {count} revenues from {} to {}, and a preview computes at most {max}: choose a later opening, \
         or an earlier to",
        period.opening, period.to
    );
    let mut errors = ErrorSink::new(&mut problems);
    errors.at("opening").add(Code::OutOfRange, detail);
    problems.into()
}
