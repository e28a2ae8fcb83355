//! Previewing payouts: what a period gives to whom, with the rules as they stand or with others.

use std::collections::HashSet;

use domain::fields::object;
use domain::payout::{
    Difference, PayeeRow, Period, Report, Snapshot, State, Statement, apply, compare, original_id,
};
use domain::problem::{Code, ErrorSink, Problems};
use domain::revenue::Revenue;
use serde_json::json;
use shared::error::Failure;
use shared::http::Answer;
use uuid::Uuid;

use crate::books::{Books, PayoutCall, TooManyRevenues, revenues};
use crate::changes::changed;
use crate::request::PreviewRequest;
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
        None => answer(&call, &now, None, payee),
        Some(changes) => {
            let changed = statement(&changes.into_snapshot(&call)?, period, payee, &revenues);
            answer(&call, &changed, Some(compare(&now, &changed)), payee)
        }
    }
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
    statement: &Statement,
    compared: Option<Vec<Difference>>,
    payee: Option<Uuid>,
) -> Result<Answer, Failure> {
    let wanted = |row: &&PayeeRow| payee.is_none_or(|payee| row.payee_id == payee);
    let mut payees: Vec<PayeeRow> = statement.payees.iter().filter(wanted).cloned().collect();
    if call.prefers("text/csv") {
        return Answer::csv(table::csv(&payees)?).within_limit(NARROW);
    }
    let mut meta = json!({
        "payees": payees.len(),
        "lines": payee.map(|_| statement.lines_total),
    });
    payees.truncate(ROWS_MAX);
    let mut data = json!(statement);
    data["payees"] = json!(payees);
    if let Some(mut compared) = compared {
        meta["compared"] = json!(compared.len());
        compared.truncate(ROWS_MAX);
        data["compared"] = json!(compared);
    }
    Answer::ok(&json!({"data": data, "meta": meta}))?.within_limit(NARROW)
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
