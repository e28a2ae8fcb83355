//! A preview through the API, over the embedded DynamoDB in memory.

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use admin::template::Template;
use axum::body::Body;
use axum::http::Request;

use http_body_util::BodyExt;
use local::accounts::{Account, Accounts, LOCAL};
use local::engine::Engine;
use local::gateway::Gateway;
use proxy::{Action, Answer, Call, Hook, Proxy};
use serde_json::{Value, json};
use shared::app::App;
use store::table::Connection;

use crate::workload::{PERIOD, Workload};

const TABLE: &str = "bench";
/// The most records of a request.
const BATCH: usize = 100;
/// How often a preview is made; the fastest counts.
const ROUNDS: usize = 3;
/// The fields that we make, and that a create does not take.
const OWN_FIELDS: [&str; 4] = ["id", "version", "created_at", "updated_at"];

/// Counts the calls to DynamoDB and the units that they consume.
#[derive(Default)]
struct Meter {
    calls: AtomicU64,
    units: Mutex<f64>,
}

impl Hook for Meter {
    type Note = ();

    async fn request(&self, _: Call) -> Action<()> {
        Action::Forward(())
    }

    fn answer(&self, (): (), answer: &Answer) -> Result<(), Box<dyn Error>> {
        let body: Value = serde_json::from_slice(&answer.body)?;
        let consumed = match &body["ConsumedCapacity"] {
            Value::Array(each) => each
                .iter()
                .filter_map(|one| one["CapacityUnits"].as_f64())
                .sum(),
            one => one["CapacityUnits"].as_f64().unwrap_or_default(),
        };
        self.calls.fetch_add(1, Ordering::Relaxed);
        *self.units.lock().unwrap_or_else(PoisonError::into_inner) += consumed;
        Ok(())
    }
}

struct Api {
    gateway: Gateway,
    account: Account,
}

impl Api {
    async fn send(&self, path: &str, body: &Value) -> Result<Value, Box<dyn Error>> {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.account.api_key));
        let request = request.body(Body::from(serde_json::to_vec(body)?))?;
        let response = self.gateway.answer(request).await;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let body: Value = serde_json::from_slice(&body)?;
        match status.is_success() && body["meta"]["failed"].as_u64().unwrap_or_default() == 0 {
            true => Ok(body),
            false => Err(format!("{status} {}", body["data"][0]).into()),
        }
    }

    /// Sends records without the fields that the API makes.
    async fn push(&self, path: &str, mut records: Vec<Value>) -> Result<(), Box<dyn Error>> {
        for record in &mut records {
            let fields = record.as_object_mut().ok_or("a record is an object")?;
            fields.retain(|name, _| !OWN_FIELDS.contains(&name.as_str()));
        }
        for batch in records.chunks(BATCH) {
            self.send(path, &json!({ "records": batch })).await?;
        }
        Ok(())
    }
}

/// Fills a workspace, previews its payouts, and prints a row.
///
/// # Errors
/// If a request fails.
pub async fn measure(workload: &Workload, count: usize) -> Result<(), Box<dyn Error>> {
    let engine = Engine::start(None, Ipv4Addr::LOCALHOST.into(), Some(0))?;
    let meter = Arc::<Meter>::default();
    let proxy = Proxy::start(&engine.endpoint, meter.clone()).await?;
    let table = Connection::emulated(TABLE, proxy.endpoint.clone())
        .open()
        .await;
    let app = Arc::new(App::new(table));
    let template = Template::included();
    let mut definition = template.table().clone();
    definition.streamed = false;
    app.table.create(&definition).await?;
    let account = Accounts::open(None)?.account(&app, LOCAL).await?;
    let (workspace, source) = (account.workspace_id, account.revenue_source_id);
    let api = Api {
        gateway: Gateway::new(app, template)?,
        account,
    };
    api.push("/api/v1/payees/upsert", workload.payees()).await?;
    api.push("/api/v1/rules/upsert", with_payee_names(workload.rules()))
        .await?;
    let revenues = workload.revenues(workspace, source, count)?;
    api.push("/api/v1/revenues/batch", revenues).await?;
    let mut fastest = f64::INFINITY;
    let body = json!({"from": PERIOD.0, "to": PERIOD.1});
    for _ in 0..ROUNDS {
        meter.calls.store(0, Ordering::Relaxed);
        *meter.units.lock().unwrap_or_else(PoisonError::into_inner) = 0.0;
        let begin = Instant::now();
        let answer = api.send("/api/v1/payouts/preview", &body).await?;
        fastest = fastest.min(begin.elapsed().as_secs_f64() * 1_000.0);
        if answer["data"]["revenues"]["count"] != json!(count) {
            return Err(format!("not all revenues were computed: {}", answer["data"]).into());
        }
    }
    let calls = meter.calls.load(Ordering::Relaxed);
    let units = *meter.units.lock().unwrap_or_else(PoisonError::into_inner);
    println!(
        "| {count} revenues, {} | {fastest:.0} | {calls} | {units:.1} |",
        workload.name
    );
    Ok(())
}

/// The rules with the external ids of their payees, whose ids the API makes.
fn with_payee_names(mut rules: Vec<Value>) -> Vec<Value> {
    for rule in &mut rules {
        let allocations = rule["allocations"].as_array_mut();
        for allocation in allocations.into_iter().flatten() {
            let id: Option<uuid::Uuid> = allocation["payee_id"]
                .as_str()
                .and_then(|id| id.parse().ok());
            let index = id.map_or(0, |id| id.as_u128() as u64);
            if let Some(allocation) = allocation.as_object_mut() {
                allocation.remove("payee_id");
                allocation.insert(
                    "payee_external_id".to_owned(),
                    json!(format!("payee-{index}")),
                );
            }
        }
    }
    rules
}
