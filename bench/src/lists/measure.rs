//! Measures the cost of pages, and checks them.

use std::error::Error;
use std::time::{Duration, Instant};

use serde_json::Value;
use uuid::Uuid;

use crate::rows::Row;
use crate::scene::{Process, Scene};
use crate::wire::{Reads, steps};

/// The number of revenues on a page.
pub const PER_PAGE: usize = 25;
/// The delay of each call while steps are counted.
const DELAY: Duration = Duration::from_millis(30);
/// About how many revenues to walk through for each page, in all rounds.
const WALKED_ROWS: usize = 300_000;
/// How many times to repeat a request that had to check its key, which is then trusted for 30 s.
const KEY_CHECKS_MAX: usize = 10;

/// A page of a list.
pub struct Case {
    /// The name of the list.
    pub list: &'static str,
    /// Its filters.
    pub query: String,
    /// The number of the page.
    pub page: usize,
    /// The number of pages.
    pub pages: usize,
    total: usize,
    ids: Vec<String>,
}

/// The cost of a page.
#[derive(Clone, Debug, Default)]
pub struct Cost {
    /// The number of calls to DynamoDB.
    pub calls: usize,
    /// The number of calls that wait for one another.
    pub steps: usize,
    /// The read units of the counters of days.
    pub days: f64,
    /// The read units of the counters of parts of days.
    pub parts: f64,
    /// The read units of the revenues.
    pub rows: f64,
    /// The median time of the request, in milliseconds.
    pub time: f64,
}

impl Cost {
    /// The read units.
    pub fn units(&self) -> f64 {
        self.days + self.parts + self.rows
    }
}

/// The first, the middle and the last page of each list.
///
/// # Errors
/// If a constant of this benchmark is not valid.
pub fn cases(scene: &Scene) -> Result<Vec<Case>, Box<dyn Error>> {
    let mut cases = Vec::new();
    for (list, query, wanted) in lists(scene.source)? {
        let rows: Vec<&Row> = scene.rows.iter().filter(|row| wanted(row)).collect();
        let pages = rows.len().div_ceil(PER_PAGE).max(1);
        let mut numbers = vec![1, pages / 2 + 1, pages];
        numbers.dedup();
        for page in numbers {
            let ids = rows
                .iter()
                .skip((page - 1) * PER_PAGE)
                .take(PER_PAGE)
                .map(|row| row.id.to_string())
                .collect();
            cases.push(Case {
                list,
                query: query.clone(),
                page,
                pages,
                total: rows.len(),
                ids,
            });
        }
    }
    Ok(cases)
}

/// A list: its name, its filters, and the revenues in it.
type List = (&'static str, String, Box<dyn Fn(&Row) -> bool>);

fn lists(source: Uuid) -> Result<[List; 7], Box<dyn Error>> {
    let [day, next_day, next_month]: [jiff::Timestamp; 3] = [
        "2026-05-01T00:00:00Z".parse()?,
        "2026-05-02T00:00:00Z".parse()?,
        "2026-06-01T00:00:00Z".parse()?,
    ];
    let of_source = format!("&revenue_source_id={source}");
    let rare = format!("{of_source}&type=refund&currency=USD");
    let is_rare =
        move |row: &Row| row.source == source && row.kind == "refund" && row.currency == "USD";
    Ok([
        ("all", String::new(), Box::new(|_| true)),
        (
            "refunds, 8 %",
            "&type=refund".to_owned(),
            Box::new(|row| row.kind == "refund"),
        ),
        (
            "of a source, 40 %",
            of_source,
            Box::new(move |row| row.source == source),
        ),
        (
            "in USD, 30 %",
            "&currency=USD".to_owned(),
            Box::new(|row| row.currency == "USD"),
        ),
        ("all three, 1 %", rare, Box::new(is_rare)),
        (
            "of a month",
            "&date_from=2026-05-01&date_to=2026-05-31".to_owned(),
            Box::new(move |row| (day..next_month).contains(&row.occurred_at)),
        ),
        (
            "of a day",
            "&date_from=2026-05-01&date_to=2026-05-01".to_owned(),
            Box::new(move |row| (day..next_day).contains(&row.occurred_at)),
        ),
    ])
}

/// The costs of pages that are found with counters. The steps are counted in a round of their own.
///
/// # Errors
/// If an answer is wrong.
pub async fn counted(
    scene: &Scene,
    cases: &[Case],
    rounds: usize,
) -> Result<Vec<Cost>, Box<dyn Error>> {
    let process = scene.process().await?;
    process.wire.delay(DELAY);
    let mut costs = Vec::new();
    for case in cases {
        costs.push(request(scene, &process, case).await?);
    }
    process.wire.delay(Duration::ZERO);
    let timed = timed(scene, &process, cases, rounds).await?;
    Ok(costs
        .into_iter()
        .zip(timed)
        .map(|(cost, timed)| Cost {
            time: timed.time,
            ..cost
        })
        .collect())
}

/// The costs of pages that are found by walking, after the counters are removed. Each call of a
/// walk is a step. Since each page requires a walk through the whole list, among many revenues only
/// the last pages are measured, and only of all revenues and of dates.
///
/// # Errors
/// If an answer is wrong.
pub async fn walked(
    scene: &Scene,
    cases: &[Case],
    rounds: usize,
) -> Result<Vec<Option<Cost>>, Box<dyn Error>> {
    scene.uncount().await?;
    let process = scene.process().await?;
    let (affordable, mut costs) = (WALKED_ROWS / scene.rows.len().max(1), Vec::new());
    if affordable > 0 {
        costs.extend(
            timed(scene, &process, cases, affordable.min(rounds))
                .await?
                .into_iter()
                .map(Some),
        );
        return Ok(costs);
    }
    for (number, case) in cases.iter().enumerate() {
        let is_last = cases
            .get(number + 1)
            .is_none_or(|next| next.list != case.list);
        let is_of_dates = case.query.is_empty() || case.query.contains("date_from");
        costs.push(if is_last && is_of_dates {
            Some(request(scene, &process, case).await?)
        } else {
            None
        });
    }
    Ok(costs)
}

/// In each round the pages take turns, so that a slow phase of the machine affects all of them.
async fn timed(
    scene: &Scene,
    process: &Process,
    cases: &[Case],
    rounds: usize,
) -> Result<Vec<Cost>, Box<dyn Error>> {
    let mut costs = vec![Cost::default(); cases.len()];
    let mut times = vec![Vec::new(); cases.len()];
    for _ in 0..rounds {
        for ((case, cost), times) in cases.iter().zip(&mut costs).zip(&mut times) {
            *cost = request(scene, process, case).await?;
            times.push(cost.time);
        }
    }
    Ok(costs
        .into_iter()
        .zip(times)
        .map(|(cost, times)| Cost {
            time: median(times),
            ..cost
        })
        .collect())
}

/// Requests a page, and checks the answer.
async fn request(scene: &Scene, process: &Process, case: &Case) -> Result<Cost, Box<dyn Error>> {
    let path = format!(
        "/api/v1/revenues?per_page={PER_PAGE}&page={}{}",
        case.page, case.query
    );
    for _ in 0..KEY_CHECKS_MAX {
        scene.get(process, "/api/allocora/ping").await?;
        process.wire.take();
        let begin = Instant::now();
        let listed = scene.get(process, &path).await?;
        let time = begin.elapsed().as_secs_f64() * 1e3;
        check(case, &listed)?;
        let calls = process.wire.take();
        let units = |reads| {
            calls
                .iter()
                .filter(|call| call.reads == reads)
                .fold(0.0, |sum, call| sum + call.units)
        };
        let cost = Cost {
            calls: calls.len(),
            steps: steps(&calls),
            days: units(Reads::Days),
            parts: units(Reads::Parts),
            rows: units(Reads::Rows),
            time,
        };
        if calls.iter().all(|call| call.reads != Reads::Access) {
            return Ok(cost);
        }
    }
    Err("every request had to check its key".into())
}

fn check(case: &Case, listed: &Value) -> Result<(), Box<dyn Error>> {
    let rows = listed["data"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let ids: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
    let total = listed["meta"]["total"].as_u64();
    if ids == case.ids && total == Some(case.total as u64) {
        return Ok(());
    }
    let Case {
        list,
        page,
        total: expected,
        ids: wanted,
        ..
    } = case;
    Err(format!(
        "page {page} of {list}: got {ids:?} of {total:?} in all, expected {wanted:?} of {expected}"
    )
    .into())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
