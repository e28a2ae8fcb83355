//! What tests of payouts ask the API, and the records that they ask about.

use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};

use crate::harness::{Api, Reply, request};

pub const PREVIEW: &str = "/api/v1/payouts/preview";
pub const EXPLAIN: &str = "/api/v1/payouts/explain";

impl Api {
    /// A new record of a kind.
    pub async fn create(&self, kind: &str, body: Value) -> Value {
        let path = format!("/api/v1/{kind}");
        self.post(&path, body).await.expect(201)["data"].clone()
    }

    /// A new payee with this external id, and its id.
    pub async fn payee_named(&self, external_id: &str) -> Value {
        let body = json!({"external_id": external_id, "name": external_id});
        self.create("payees", body).await["id"].clone()
    }

    /// A new rule with the name `external_id` and these fields.
    pub async fn rule(&self, external_id: &str, fields: Value) -> Value {
        let body = with(
            json!({"external_id": external_id, "name": external_id}),
            fields,
        );
        self.create("rules", body).await
    }

    /// Creates revenues; every one must be new.
    pub async fn sell(&self, revenues: &[Value]) {
        for some in revenues.chunks(100) {
            let body = json!({"records": some});
            let answer = self.post("/api/v1/revenues/batch", body).await.expect(200);
            assert_eq!(answer["meta"]["created"], some.len(), "{answer:#}");
        }
    }

    /// The data of a preview.
    pub async fn preview(&self, body: Value) -> Value {
        self.post(PREVIEW, body).await.expect(200)["data"].clone()
    }

    /// The data of a preview of May 2026, with these fields.
    pub async fn preview_may(&self, fields: Value) -> Value {
        self.preview(with(may(), fields)).await
    }

    /// The answer to a request for an explanation.
    pub async fn ask_explain(&self, query: &str) -> Reply {
        self.get(&format!("{EXPLAIN}?{query}")).await
    }

    /// The data of an explanation.
    pub async fn explain(&self, query: &str) -> Value {
        self.ask_explain(query).await.expect(200)["data"].clone()
    }

    /// The content type and the text of a preview, for this `accept` header.
    pub async fn preview_as(&self, accept: &str, body: Value) -> (String, String) {
        let mut request: Request<Body> = request(&self.key, Method::POST, PREVIEW, &body);
        let headers = request.headers_mut();
        headers.insert("accept", accept.parse().unwrap());
        let (parts, body) = self.gateway.answer(request).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!(parts.status, 200, "{text}");
        let content_type = parts.headers["content-type"].to_str().unwrap();
        (content_type.to_owned(), text)
    }
}

/// The first body with the fields of the second.
pub fn with(body: Value, fields: Value) -> Value {
    let (Value::Object(mut body), Value::Object(fields)) = (body, fields) else {
        panic!("bodies are objects")
    };
    body.extend(fields);
    Value::Object(body)
}

/// The body of a preview of May 2026.
pub fn may() -> Value {
    json!({"from": "2026-05-01", "to": "2026-05-31"})
}

/// A sale in EUR.
pub fn sale(external_id: &str, amount: &str, at: &str) -> Value {
    json!({"external_id": external_id, "type": "sale", "amount": amount, "currency": "EUR",
        "occurred_at": at})
}

/// A refund in EUR, of this sale.
pub fn refund(external_id: &str, amount: &str, at: &str, original: &str) -> Value {
    json!({"external_id": external_id, "type": "refund", "amount": amount, "currency": "EUR",
        "occurred_at": at, "original_external_id": original})
}

/// The allocation of a flat share.
pub fn flat(payee: &Value, percentage: &str) -> Value {
    json!({"payee_id": payee, "percentage": percentage})
}

/// The fields of a tiered rule for one payee, whose tiers accumulate over `accumulation`.
pub fn tiered(payee: &Value, accumulation: &str, tiers: &[(Option<&str>, &str)]) -> Value {
    let tier = |(up_to, percentage): &(Option<&str>, &str)| json!({"up_to": up_to, "percentage": percentage});
    let tiers: Vec<Value> = tiers.iter().map(tier).collect();
    json!({"allocation_type": "tiered", "accumulation": accumulation,
        "allocations": [{"payee_id": payee, "tiers": tiers}]})
}

/// Some fields of an object.
pub fn only(object: &Value, names: &[&str]) -> Value {
    let field = |name: &&str| ((*name).to_owned(), object[*name].clone());
    Value::Object(names.iter().map(field).collect::<Map<_, _>>())
}

/// One field of every row.
pub fn each(rows: &Value, name: &str) -> Value {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row[name].clone()).collect()
}

/// The row of a payee.
pub fn row_of<'a>(preview: &'a Value, payee: &Value) -> &'a Value {
    let mut rows = preview["payees"].as_array().unwrap().iter();
    rows.find(|row| row["payee_id"] == *payee).unwrap()
}
