//! Reading rules with the external ids of their payees, and by one of them.

use domain::filter::{Filter, QueryReader};
use domain::permission::HasKind;
use domain::rule::{Allocation, Rule};
use domain::value::{ExternalId, FromText};
use serde::Serialize;
use serde_json::json;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::docs::{self, Docs};
use shared::http::{Answer, Call};
use shared::lists::ListPage;
use shared::records;

/// An allocation of a single rule as clients read it.
#[derive(Serialize)]
struct AllocationView<'a> {
    #[serde(flatten)]
    allocation: &'a Allocation,
    payee_external_id: Option<ExternalId>,
}

/// Reads one rule.
pub async fn read(call: Call<Read<Rule>>) -> Result<Answer, Failure> {
    call.params().finish()?;
    let (table, access) = (call.table(), call.access());
    let rule = records::read(table, access, call.id()).await?;
    let external_ids = records::payee_external_ids(table, access, &rule.body).await?;
    let allocations = rule.body.allocations.iter().zip(external_ids);
    let allocations: Vec<_> = allocations
        .map(|(allocation, payee_external_id)| AllocationView {
            allocation,
            payee_external_id,
        })
        .collect();
    let mut view = serde_json::to_value(&rule).map_err(|error| Failure::Internal(error.into()))?;
    view["allocations"] = json!(allocations);
    Ok(Answer::one(&view, None)?.with_version(rule.version))
}

/// The filter by a payee that is named by external id, which has to be looked up.
fn payee_param(query: &mut impl QueryReader) -> Option<ExternalId> {
    let description = "Rules that give a share to the payee with exactly this external id.";
    query.take("payee_external_id", description, ExternalId::from_text)
}

/// Describes the list.
pub fn list_docs(docs: &mut Docs<'_>) {
    payee_param(docs);
    docs::list::<Rule>(docs);
}

/// Lists rules, also those of the payee with an external id.
pub async fn list(call: Call<Read<Rule>>) -> Result<Answer, Failure> {
    let (table, access) = (call.table(), call.access());
    let mut params = call.params();
    let external_id = payee_param(&mut params);
    let mut query = params.into_record_query::<Rule>()?;
    if let Some(external_id) = external_id {
        let Some(wanted) = records::payee_of_rules(table, access, &external_id).await? else {
            let pager = access.pager(Rule::KIND.many, query.list);
            return Answer::many(ListPage::<Rule>::of_rows(Vec::new(), &pager)?, None);
        };
        query.filters.push(Filter::Test {
            fields: Rule::PAYEE_FIELDS,
            satisfies: Box::new(move |rule| rule.has_payee(&wanted)),
        });
    }
    Answer::many(records::list(table, access, query).await?, None)
}
