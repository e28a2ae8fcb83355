//! Digests of revenues, with which a caller compares its own books without downloading ours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::auth::Read;
use shared::counting::{Digest, Group, Row, Selection, Sums};
use shared::error::Failure;
use shared::http::{Answer, Call};
use shared::lists::{Walk, counters_are_behind};
use shared::problem::{Code, Reason};
use shared::totals::{SEARCHED_ROWS_MAX, WALKED_ROWS_MAX, sums};
use shared::value::{Choice, Currency, Date, FromText, RevenueType, Sum};

use crate::Revenue;
use crate::list::{ranges, selection};

/// The most rows of one answer.
const ROWS_MAX: usize = 10_000;

/// What is added up.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Serialize)]
struct Line {
    bucket: String,
    currency: Currency,
    #[serde(rename = "type")]
    kind: RevenueType,
    count: u64,
    sum: Sum,
    digest: Digest,
}

/// Tells count, sum and digest of the revenues in each bucket, currency and type.
pub async fn digest(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    let mut params = call.params();
    let selection = selection(&mut params);
    let bucket = params.take("bucket", Bucket::from_text).unwrap_or_default();
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
    Answer::ok(&json!({"data": lines, "meta": {"bucket": bucket, "count": count}}))
}

/// The sums of each day and group. Few revenues are read themselves, which is exact to the moment.
async fn days(
    call: &Call<Read<Revenue>>,
    selection: &Selection,
) -> Result<BTreeMap<(Date, Group), Sums>, Failure> {
    let mut most = u64::MAX;
    if let Some(counters) = call.access.counters() {
        let counted = sums(&call.table, &counters, selection).await?;
        if counted.values().map(|sums| sums.count).sum::<u64>() > WALKED_ROWS_MAX {
            return Ok(counted);
        }
        most = SEARCHED_ROWS_MAX;
    }
    let mut walked: BTreeMap<_, Sums> = BTreeMap::new();
    let ranges = ranges(&call.access, selection);
    let mut walk = Walk::<Row>::new(&call.table, &ranges);
    let mut passed = 0;
    while let Some((_, row)) = walk.next().await? {
        if passed == most {
            return Err(counters_are_behind());
        }
        passed += 1;
        *walked.entry((row.day(), row.group())).or_default() += row.sums();
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
        Reason::new(Code::OutOfRange, detail),
    )])
}

impl Choice for Bucket {}

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
