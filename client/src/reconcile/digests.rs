//! What the API has, by its digests: first of the months, then of the days of those that differ.

use std::collections::BTreeMap;

use domain::counting::{Group, Sums};
use domain::revenue::RevenueType;
use domain::value::{Currency, Date, StringEnum};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::Range;
use super::book::Book;
use crate::api::{Api, ApiError};

/// What the API has of a day and group, in the form of its answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedSums {
    /// How many revenues there are.
    pub count: u64,
    /// The sum of their amounts.
    pub sum: String,
    /// Their digest.
    pub digest: String,
}

/// A day and group in which the files and the API differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The day.
    pub day: Date,
    /// The currency, the type and the source.
    pub group: Group,
    /// What the files have.
    pub ours: Sums,
    /// What the API has.
    pub theirs: ListedSums,
}

/// A month of a source, and a currency and type, in which the files and the API differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Month {
    /// The source.
    pub source: Uuid,
    /// The month, as in 2026-05.
    pub month: String,
    /// What the files have.
    pub ours: ListedSums,
    /// What the API has.
    pub theirs: ListedSums,
}

#[derive(Deserialize)]
struct DigestAnswer<B> {
    data: Vec<Line<B>>,
}

#[derive(Deserialize)]
struct Line<B> {
    bucket: B,
    currency: Currency,
    #[serde(rename = "type")]
    kind: RevenueType,
    count: u64,
    sum: String,
    digest: String,
}

impl From<Sums> for ListedSums {
    fn from(sums: Sums) -> Self {
        Self {
            count: sums.count,
            sum: sums.amount.to_string(),
            digest: sums.digest.to_string(),
        }
    }
}

/// The months and groups of a range and a source in which the book and the API differ, in order. A
/// source that the workspace does not have has nothing; then there is no API to ask.
///
/// # Errors
/// Why the digests cannot be read.
pub async fn months(
    api: Option<&Api>,
    book: &Book,
    range: Range,
    source: Uuid,
) -> Result<Vec<Month>, ApiError> {
    let mut both: BTreeMap<(String, Currency, &str), (Sums, ListedSums)> = BTreeMap::new();
    let nothing = || (Sums::default(), Sums::default().into());
    for ((day, group), sums) in of(book, range, source) {
        let place = (day.month(), group.currency.clone(), group.kind.name());
        both.entry(place).or_insert_with(nothing).0 += *sums;
    }
    for year in range.years() {
        for line in digest::<String>(api, "month", year, source).await? {
            let place = (line.bucket.clone(), line.currency.clone(), line.kind.name());
            both.entry(place).or_insert_with(nothing).1 = line.sums();
        }
    }
    let months = both.into_iter().map(|((month, ..), (ours, theirs))| Month {
        source,
        month,
        ours: ours.into(),
        theirs,
    });
    Ok(months.filter(|month| month.ours != month.theirs).collect())
}

/// The days and groups of a short range and a source that differ.
///
/// # Errors
/// Why the digests cannot be read.
pub async fn days(
    api: Option<&Api>,
    book: &Book,
    range: Range,
    source: Uuid,
) -> Result<Vec<Cell>, ApiError> {
    let ours = of(book, range, source).map(|(place, sums)| (place.clone(), *sums));
    let mut both: BTreeMap<(Date, Group), (Sums, ListedSums)> = ours
        .map(|(place, sums)| (place, (sums, Sums::default().into())))
        .collect();
    for line in digest::<Date>(api, "day", range, source).await? {
        let group = Group {
            currency: line.currency.clone(),
            kind: line.kind,
            source,
        };
        let both = both.entry((line.bucket, group)).or_default();
        both.1 = line.sums();
    }
    let cells = both.into_iter().map(|((day, group), (ours, theirs))| Cell {
        day,
        group,
        ours,
        theirs,
    });
    let differs = |cell: &Cell| ListedSums::from(cell.ours) != cell.theirs;
    Ok(cells.filter(differs).collect())
}

/// What the book has in a range and a source.
fn of(book: &Book, range: Range, source: Uuid) -> impl Iterator<Item = (&(Date, Group), &Sums)> {
    let is_in = move |(day, group): &(Date, Group)| range.has(*day) && group.source == source;
    book.sums.iter().filter(move |(place, _)| is_in(place))
}

async fn digest<B: DeserializeOwned>(
    api: Option<&Api>,
    bucket: &str,
    range: Range,
    source: Uuid,
) -> Result<Vec<Line<B>>, ApiError> {
    let Some(api) = api else {
        return Ok(Vec::new());
    };
    let query = [
        ("bucket", bucket.to_owned()),
        ("date_from", range.from.to_string()),
        ("date_to", range.to.to_string()),
        ("revenue_source_id", source.to_string()),
    ];
    let answer: DigestAnswer<B> = api.get("/api/v1/revenues/digest", &query).await?;
    Ok(answer.data)
}

impl Cell {
    /// The day and the group.
    pub fn place(&self) -> (Date, Group) {
        (self.day, self.group.clone())
    }
}

impl<B> Line<B> {
    fn sums(self) -> ListedSums {
        ListedSums {
            count: self.count,
            sum: self.sum,
            digest: self.digest,
        }
    }
}
