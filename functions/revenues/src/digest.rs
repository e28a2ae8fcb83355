//! Digests of revenues, with which callers compare their books with ours without downloading them.

use std::collections::BTreeMap;

use domain::counting::{Digest, Group, Selection, Sums};
use domain::filter::QueryReader;
use domain::permission::HasKind;
use domain::problem::{Code, Violation};
use domain::revenue::{Revenue, RevenueType};
use domain::schema::string_enum;
use domain::value::{Currency, Date, FromText, StringEnum, Sum};
use schemars::JsonSchema;
use serde::Serialize;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::docs::Docs;
use shared::http::{Answer, Call, ProblemCode};
use shared::lists::Walk;
use shared::totals::{ranges, sums};
use strum::{IntoStaticStr, VariantArray};

use crate::selection::selection;

/// The most rows of one answer.
const ROWS_MAX: usize = 10_000;

/// What is added up.
#[derive(Clone, Copy, Debug, Default, IntoStaticStr, VariantArray, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(rename = "DigestBucket", transform = string_enum)]
enum Bucket {
    /// The revenues of a day.
    Day,
    /// The revenues of a month.
    Month,
    /// All of them.
    #[default]
    All,
}

/// The sums of one bucket, currency and type.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DigestRow")]
struct Line {
    /// A day, a month as in `2026-05`, or `all`.
    bucket: String,
    /// The currency of the sum.
    currency: Currency,
    /// The type of the revenues.
    #[serde(rename = "type")]
    kind: RevenueType,
    /// How many revenues there are.
    count: u64,
    /// The sum of their amounts.
    sum: Sum,
    /// The sum modulo 2^256 of the SHA-256 of each revenue, in hexadecimal.
    digest: Digest,
}

/// The digests of the buckets, and their number of revenues.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RevenueDigest")]
struct DigestAnswer {
    data: Vec<Line>,
    meta: DigestMeta,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct DigestMeta {
    /// What is added up, as in the request.
    bucket: Bucket,
    /// How many revenues there are in all buckets.
    count: u64,
}

/// Describes the digests.
pub fn digest_docs(docs: &mut Docs<'_>) {
    docs.name(
        "digest_revenues",
        Revenue::KIND.many,
        "Compare revenues by count, sum and digest",
    );
    docs.describe(
        "One row for each bucket, currency and type, so that a caller can compare its books without downloading \
         revenues.",
    );
    selection(docs);
    bucket(docs);
    docs.problems(&[ProblemCode::ValidationFailed]);
    docs.answer::<DigestAnswer>("The digests.");
}

fn bucket(query: &mut impl QueryReader) -> Option<Bucket> {
    query.take(
        "bucket",
        "What a row adds up. `all` by default.",
        Bucket::from_text,
    )
}

/// Returns count, sum and digest of the revenues in each bucket, currency and type.
pub async fn digest(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    let mut params = call.params();
    let selection = selection(&mut params);
    let bucket = bucket(&mut params).unwrap_or_default();
    params.finish()?;
    let mut lines: BTreeMap<(String, Currency, &str), (RevenueType, Sums)> = BTreeMap::new();
    for ((day, group), of_day) in days(&call, &selection).await? {
        if selection.has(&group) {
            let line = lines.entry((bucket.of(day), group.currency, group.kind.name()));
            line.or_insert((group.kind, Sums::default())).1 += of_day;
        }
    }
    if lines.len() > ROWS_MAX {
        return Err(too_many(lines.len()));
    }
    let count: u64 = lines.values().map(|(_, sums)| sums.count).sum();
    let line = |((bucket, currency, _), (kind, sums)): (_, (_, Sums))| Line {
        bucket,
        currency,
        kind,
        count: sums.count,
        sum: sums.amount,
        digest: sums.digest,
    };
    let lines: Vec<Line> = lines.into_iter().map(line).collect();
    Answer::ok(&DigestAnswer {
        data: lines,
        meta: DigestMeta { bucket, count },
    })
}

/// The sums of each day and group. A small number of revenues is read itself, which is exact at
/// every moment.
async fn days(
    call: &Call<Read<Revenue>>,
    selection: &Selection,
) -> Result<BTreeMap<(Date, Group), Sums>, Failure> {
    let limits = call.limits();
    let mut rows_max = u64::MAX;
    if let Some(counters) = call.access().counters() {
        let counted = sums(call.table(), &counters, selection).await?;
        if counted.values().map(|sums| sums.count).sum::<u64>() > limits.walked_rows_max {
            return Ok(counted);
        }
        rows_max = limits.searched_rows_max;
    }
    let mut walked: BTreeMap<_, Sums> = BTreeMap::new();
    let ranges = ranges(call.access(), selection);
    let mut walk = Walk::new(call.table(), &ranges);
    while let Some((_, revenue)) = walk.next_of::<Revenue>(rows_max).await? {
        let place = (revenue.day(), Group::of(&revenue));
        *walked.entry(place).or_default() += Sums::of(&revenue);
    }
    Ok(walked)
}

fn too_many(lines: usize) -> Failure {
    let detail = format!(
        "makes {lines} rows, and an answer has at most {ROWS_MAX}; take a greater bucket, or narrow it with date_from \
         and date_to"
    );
    Failure::QueryTooWide(vec![(
        "bucket".to_owned(),
        Violation::new(Code::OutOfRange, detail),
    )])
}

impl StringEnum for Bucket {}

impl Bucket {
    /// The name of the bucket that a day is in.
    fn of(self, day: Date) -> String {
        match self {
            Self::Day => day.to_string(),
            Self::Month => day.month(),
            Self::All => "all".to_owned(),
        }
    }
}
