//! Descriptions of the creates of revenues.

use domain::fields::BodyDescription;
use domain::permission::HasKind;
use domain::revenue::Revenue;
use shared::batch::Status;
use shared::http::ProblemCode;
use shared::http::docs::Docs;
use uuid::Uuid;

use crate::create::Created;

/// Describes the create of one.
pub fn create(docs: &mut Docs<'_>) {
    docs.name("create_revenue", Revenue::KIND.many, "Create a revenue");
    docs.describe(
        "Idempotent by `revenue_source_id` and `external_id`, permanently: if the revenue already exists, the answer is \
         200 with `skipped_duplicate`, and the stored revenue does not change. `differences` then has the fields in which the request differs \
         from it. A revenue never changes: correct it with an adjustment or a refund.",
    );
    let body = docs.object::<Revenue>("RevenueCreate", read);
    docs.body(body);
    docs.problems(&[ProblemCode::VersionConflict]);
    docs.created::<Created>("The new revenue.");
    docs.answer::<Created>("The revenue already exists, and is returned as it is stored.");
}

/// Describes the creates of a batch.
pub fn create_batch(docs: &mut Docs<'_>) {
    docs.name(
        "create_revenues_batch",
        Revenue::KIND.many,
        "Create up to 100 revenues",
    );
    docs.describe("Idempotent, as for one revenue.");
    let record = docs.object::<Revenue>("RevenueCreate", read);
    let name = "RevenueCreate";
    docs.batch_of(name, record);
    docs.results::<Revenue>(
        name,
        &[Status::Created, Status::SkippedDuplicate],
        true,
        false,
    );
}

fn read(fields: &mut BodyDescription<'_>) {
    Revenue::read(fields, Uuid::nil(), |_, _| Uuid::nil());
    fields.ignore(&Revenue::OWN_FIELDS);
}
