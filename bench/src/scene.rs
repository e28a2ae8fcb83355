//! The surroundings of the programs: a table with a key and a payee, a DynamoDB with TLS, and the
//! event of a request.

use std::error::Error;

use axum::body::Body;
use axum::http::Request;
use bench::lambda;
use bench::tls::Tls;
use http_body_util::BodyExt;
use local::accounts::{Accounts, LOCAL};
use local::setup::{DynamoDb, Local, Setup};
use serde_json::Value;

/// The surroundings of the programs.
pub struct Scene {
    /// Their environment variables.
    pub variables: Vec<(&'static str, String)>,
    /// The event of the request.
    pub event: Value,
    /// The id of the payee that the request reads.
    pub payee: String,
    _local: Local,
    _tls: Tls,
}

impl Scene {
    /// Starts DynamoDB, and creates the key and the payee.
    ///
    /// # Errors
    /// If a part of it does not start.
    pub async fn start() -> Result<Self, Box<dyn Error>> {
        let dynamodb = DynamoDb::Embedded {
            data_dir: None,
            host: std::net::Ipv4Addr::LOCALHOST.into(),
            port: Some(0),
        };
        let local = Setup {
            dynamodb,
            table: "bench".to_owned(),
            functions: None,
            is_read_only: false,
        }
        .start()
        .await?;
        let key = Accounts::open(None)?
            .account(&local.app, LOCAL)
            .await?
            .api_key;
        // This also records the first use of the key, so that no program has to.
        let payee = create_payee(&local, &key).await?;
        let tls = Tls::before(&local.endpoint).await?;
        let variables = lambda::variables(&local.table, &tls);
        let event = lambda::event("GET", &format!("/api/v1/payees/{payee}"), &key, None);
        Ok(Self {
            variables,
            event,
            payee,
            _local: local,
            _tls: tls,
        })
    }
}

async fn create_payee(local: &Local, key: &str) -> Result<String, Box<dyn Error>> {
    let request = Request::post("/api/v1/payees")
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(Body::from(r#"{"name": "Ada Lovelace"}"#))?;
    let answer = local
        .gateway
        .answer(request)
        .await
        .into_body()
        .collect()
        .await?
        .to_bytes();
    let body: Value = serde_json::from_slice(&answer)?;
    Ok(body["data"]["id"]
        .as_str()
        .ok_or_else(|| format!("the payee was not created: {body}"))?
        .to_owned())
}
