//! What programs are asked to do: requests, and what their answers must be.

use std::error::Error;
use std::time::{Duration, Instant, SystemTime};

use bench::lambda::{self, DEADLINE};
use local::emulator::runtime::Environment;
use serde_json::{Value, json};

use crate::scene::Scene;

/// The rows of a page of one list, and of the list of a month.
const PER_PAGE: usize = 100;
const PER_PAGE_OF_MONTH: usize = 25;
/// Of how many revenues one is in dollars, and the number of products.
const DOLLARS_EVERY: usize = 3;
const PRODUCTS: usize = 50;
/// The minutes of the month in which the revenues occur.
const MINUTES: usize = 31 * 24 * 60;
/// Spreads numbers over the month: it has no divisor in common with the number of minutes.
const STRIDE: usize = 7_919;

/// What each request does.
#[derive(Clone, Debug)]
pub enum Load {
    /// Creates this many revenues in a batch.
    NewRevenues(usize),
    /// Creates this many revenues that exist already.
    KnownRevenues(usize),
    /// Upserts this many payees that do not exist.
    NewPayees(usize),
    /// Upserts this many payees that exist, with other names than before.
    ChangedPayees(usize),
    /// Lists a page.
    Page {
        /// The query.
        query: String,
        /// The rows of the page.
        rows: usize,
        /// The rows of the list.
        total: usize,
    },
}

/// Pages from the middle of lists: of all revenues, of those in dollars, and of a month.
pub fn pages(total: usize) -> Vec<(String, Load)> {
    let page = |query: &str, per_page: usize, total: usize| {
        let page = (total / per_page / 2).max(1);
        Load::Page {
            query: format!("per_page={per_page}&page={page}{query}"),
            rows: per_page.min(total),
            total,
        }
    };
    let in_dollars = total.div_ceil(DOLLARS_EVERY);
    let month = "&date_from=2026-05-01&date_to=2026-05-31";
    vec![
        (
            format!("a page of {PER_PAGE} among {total} revenues"),
            page("", PER_PAGE, total),
        ),
        (
            format!("a page of {PER_PAGE} among {in_dollars} in dollars"),
            page("&currency=USD", PER_PAGE, in_dollars),
        ),
        (
            format!("a page of {PER_PAGE_OF_MONTH} of a month of {total}"),
            page(month, PER_PAGE_OF_MONTH, total),
        ),
    ]
}

/// Sends the requests of a load to one program.
pub struct Sender<'a> {
    environment: &'a Environment,
    scene: &'a Scene,
    load: Load,
    /// The number of the first record, if all requests have the same ones.
    fixed: usize,
    sent: usize,
}

impl<'a> Sender<'a> {
    /// A sender that has not sent anything.
    pub fn new(environment: &'a Environment, scene: &'a Scene, load: Load) -> Self {
        let fixed = scene.number() * load.records();
        Self {
            environment,
            scene,
            load,
            fixed,
            sent: 0,
        }
    }

    /// Sends the next request, and checks its answer. Returns how long it took.
    ///
    /// # Errors
    /// If the answer is missing or wrong.
    pub async fn send(&mut self) -> Result<Duration, Box<dyn Error>> {
        let event = self.event();
        let begin = Instant::now();
        let answer = self
            .environment
            .invoke(&event, SystemTime::now() + DEADLINE)
            .await?;
        let time = begin.elapsed();
        self.check(&answer)?;
        self.sent += 1;
        Ok(time)
    }

    fn event(&self) -> Value {
        let first = match self.load {
            Load::NewRevenues(records) | Load::NewPayees(records) => self.scene.number() * records,
            Load::KnownRevenues(_) | Load::ChangedPayees(_) | Load::Page { .. } => self.fixed,
        };
        let numbers = first..first + self.load.records();
        let source = self.scene.account.revenue_source_id;
        let (method, path, records) = match &self.load {
            Load::NewRevenues(_) | Load::KnownRevenues(_) => {
                let records = numbers.map(|number| revenue(number, source));
                (
                    "POST",
                    "/api/v1/revenues/batch".to_owned(),
                    records.collect(),
                )
            }
            Load::NewPayees(_) | Load::ChangedPayees(_) => {
                let records = numbers.map(|number| payee(number, self.sent));
                (
                    "POST",
                    "/api/v1/payees/upsert".to_owned(),
                    records.collect(),
                )
            }
            Load::Page { query, .. } => ("GET", format!("/api/v1/revenues?{query}"), Vec::new()),
        };
        let body = (!records.is_empty()).then(|| json!({ "records": records }).to_string());
        lambda::event(method, &path, &self.scene.account.api_key, body)
    }

    fn check(&self, answer: &Value) -> Result<(), Box<dyn Error>> {
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap_or_default())?;
        let rows = body["data"].as_array().map_or(0, Vec::len);
        let (expected_rows, count, expected) = match self.load {
            Load::KnownRevenues(records) if self.sent > 0 => {
                (records, &body["meta"]["skipped_duplicate"], records)
            }
            Load::ChangedPayees(records) if self.sent > 0 => {
                (records, &body["meta"]["updated"], records)
            }
            Load::NewRevenues(records)
            | Load::KnownRevenues(records)
            | Load::NewPayees(records)
            | Load::ChangedPayees(records) => (records, &body["meta"]["created"], records),
            Load::Page { rows, total, .. } => (rows, &body["meta"]["total"], total),
        };
        if answer["statusCode"] == 200 && rows == expected_rows && *count == json!(expected) {
            return Ok(());
        }
        Err(format!("{:?}: unexpected answer {answer}", self.load).into())
    }
}

impl Load {
    /// The records of a request, or the rows of its answer.
    pub fn rows(&self) -> usize {
        match self {
            Self::Page { rows, .. } => *rows,
            Self::NewRevenues(_)
            | Self::KnownRevenues(_)
            | Self::NewPayees(_)
            | Self::ChangedPayees(_) => self.records(),
        }
    }

    fn records(&self) -> usize {
        match self {
            Self::NewRevenues(records)
            | Self::KnownRevenues(records)
            | Self::NewPayees(records)
            | Self::ChangedPayees(records) => *records,
            Self::Page { .. } => 0,
        }
    }
}

fn revenue(number: usize, source: uuid::Uuid) -> Value {
    let minute = number * STRIDE % MINUTES;
    let (day, hour, minute) = (minute / 1_440 + 1, minute / 60 % 24, minute % 60);
    json!({
        "external_id": format!("txn_{number:08}"),
        "revenue_source_id": source,
        "external_product_identifier": format!("product-{:02}", number % PRODUCTS),
        "type": "sale",
        "amount": format!("{}.{:02}", number % 500 + 1, number % 100),
        "currency": if number.is_multiple_of(DOLLARS_EVERY) { "USD" } else { "EUR" },
        "occurred_at": format!("2026-05-{day:02}T{hour:02}:{minute:02}:00Z"),
        "metadata": { "channel": "web", "order": number },
    })
}

fn payee(number: usize, sent: usize) -> Value {
    json!({
        "external_id": format!("crm_{number:08}"),
        "name": format!("Ada Lovelace {}", sent % 2),
        "type": "affiliate",
        "contact_name": "Ada Lovelace",
        "contact_email": format!("ada-{number}@example.com"),
        "payout_threshold": "50.00",
        "payout_currency": "EUR",
        "metadata": { "team": "north", "tier": number % 3 },
    })
}
