//! Digests of revenues against vectors that another program computed.

use domain::counting::{Digest, Numbers, Sums, counter};
use domain::value::Sum;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use shared::auth::hexadecimal;
use store::key;
use store::table::Checkpoint;

use crate::harness::Api;
use crate::operator::admin as command;

const DIGEST: &str = "/api/v1/revenues/digest";

/// `tests/fixtures/digest-vectors.json`; docs/reconciling.md describes it for clients.
#[derive(Deserialize)]
struct Vector {
    name: String,
    revenues: Vec<Value>,
    texts: Vec<String>,
    sha256: Vec<String>,
    digest: String,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../fixtures/digest-vectors.json")).unwrap()
}

/// The sum modulo 2^256 of numbers in 64 hexadecimal digits.
pub fn sum<'a>(numbers: impl IntoIterator<Item = &'a str>) -> String {
    let bytes = |number: &str| -> Vec<u8> {
        (0..64)
            .step_by(2)
            .map(|at| u8::from_str_radix(&number[at..at + 2], 16).unwrap())
            .collect()
    };
    let mut sum = [0_u8; 32];
    for number in numbers {
        let mut carry = 0;
        for (digit, added) in sum.iter_mut().zip(bytes(number)).rev() {
            let total = u16::from(*digit) + u16::from(added) + carry;
            *digit = total as u8;
            carry = total >> 8;
        }
    }
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn digests_are_those_of_the_vectors() {
    for vector in vectors() {
        let mut sums = Sums::default();
        // As a counter has them: added number by number.
        let mut counter = Numbers::new();
        let expected = vector.revenues.len();
        assert_eq!(
            (vector.sha256.len(), vector.texts.len()),
            (expected, expected)
        );
        for ((revenue, hash), text) in vector
            .revenues
            .iter()
            .zip(&vector.sha256)
            .zip(&vector.texts)
        {
            let field = |name: &str| revenue[name].as_str().unwrap_or_default();
            let fields = ["external_id", "type", "amount", "currency", "occurred_at"].map(field);
            assert_eq!(
                hexadecimal(&Sha256::digest(text)),
                *hash,
                "{}: {text}",
                vector.name
            );
            let digest = Digest::of(&fields);
            assert_eq!(digest.to_string(), *hash, "{}: {text}", vector.name);
            let one = Sums {
                count: 1,
                amount: Sum::from_thousandths(7),
                digest,
            };
            sums += one;
            for (name, number) in one.numbers("31") {
                *counter.entry(name).or_default() += number;
            }
        }
        assert_eq!(sums.digest.to_string(), vector.digest, "{}", vector.name);
        let days: Vec<_> = Sums::of_month(&counter).collect();
        let expected = if vector.revenues.is_empty() {
            vec![]
        } else {
            vec![("31", sums)]
        };
        assert_eq!(days, expected, "{}", vector.name);
    }
}

#[tokio::test]
async fn the_api_tells_the_digests_of_the_vectors() {
    let mut api = Api::start().await;
    let own = api.key.clone();
    for vector in vectors() {
        let workspace = admin::workspaces::create(&api.app, "Vector")
            .await
            .unwrap()
            .config
            .id;
        let permissions = ["read:revenues".to_owned(), "write:revenues".to_owned()];
        let sources = 1 + vector.revenues.len().min(3);
        for source in 1..sources {
            command(
                &api,
                &format!("source create --workspace {workspace} --name S{source}"),
            )
            .await
            .unwrap();
        }
        api.key = admin::keys::create(&api.app, workspace, "all", &permissions, None)
            .await
            .unwrap()
            .api_key;
        let sources = api.get("/api/v1/revenue-sources").await.expect(200)["data"].clone();
        for revenue in &vector.revenues {
            // What is there twice comes from another source.
            for source in sources.as_array().unwrap() {
                let mut revenue = revenue.clone();
                revenue["revenue_source_id"] = source["id"].clone();
                if api.post("/api/v1/revenues", revenue).await.status == 201 {
                    break;
                }
            }
        }
        for bucket in ["all", "month", "day"] {
            let returned = api
                .get(&format!("{DIGEST}?bucket={bucket}"))
                .await
                .expect(200);
            let rows = returned["data"].as_array().unwrap();
            let digest = sum(rows.iter().map(|row| row["digest"].as_str().unwrap()));
            assert_eq!(
                (digest, &returned["meta"]["count"]),
                (vector.digest.clone(), &json!(vector.revenues.len())),
                "{bucket}"
            );
        }
    }
    api.key = own;
    assert_eq!(
        api.get(DIGEST).await.expect(200),
        json!({"data": [], "meta": {"bucket": "all", "count": 0}})
    );
}

#[tokio::test]
async fn buckets_are_days_months_or_all_in_order() {
    let api = Api::start().await;
    let rows = [
        ("sale", "249.00", "EUR", "2026-05-31T23:59:59Z"),
        ("sale", "0.001", "EUR", "2026-06-01"),
        ("adjustment", "-1", "EUR", "2026-06-01"),
        ("refund", "-249", "EUR", "2026-06-30T12:00:00Z"),
        ("sale", "999999999999999.999", "USD", "2026-06-01"),
        ("sale", "999999999999999.999", "USD", "2026-06-01"),
    ];
    let records: Vec<Value> = (rows.iter())
        .map(|(kind, amount, currency, at)| json!({"type": kind, "amount": amount, "currency": currency, "occurred_at": at}))
        .collect();
    api.post("/api/v1/revenues/batch", json!({"records": records}))
        .await
        .expect(200);
    let returned = async |query: &str| {
        let returned = api.get(&format!("{DIGEST}?{query}")).await.expect(200);
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let line = |row: &Value| {
            let [bucket, currency, kind, sum] =
                ["bucket", "currency", "type", "sum"].map(|name| text(row, name));
            format!("{bucket} {currency} {kind} {} {sum}", row["count"])
        };
        returned["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(line)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        returned("bucket=day").await,
        [
            "2026-05-31 EUR sale 1 249.000",
            "2026-06-01 EUR adjustment 1 -1.000",
            "2026-06-01 EUR sale 1 0.001",
            "2026-06-01 USD sale 2 1999999999999999.998",
            "2026-06-30 EUR refund 1 -249.000",
        ]
    );
    let months = returned("bucket=month&currency=eur").await;
    assert_eq!(months[0], "2026-05 EUR sale 1 249.000");
    assert_eq!(months.len(), 4);
    assert_eq!(
        returned("type=sale&currency=EUR").await,
        ["all EUR sale 2 249.001"]
    );
    assert_eq!(
        returned("date_from=2026-06-01&date_to=2026-06-29&type=sale")
            .await
            .len(),
        2
    );
    let source = api.workspace.config.default_source;
    assert_eq!(
        returned(&format!("revenue_source_id={source}&bucket=all"))
            .await
            .len(),
        4
    );
    let problem = api
        .get(&format!("{DIGEST}?bucket=year&page=1&date_from=x"))
        .await
        .problem(400, "malformed_query");
    let parameters: Vec<&Value> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["parameter"])
        .collect();
    assert_eq!(parameters, ["date_from", "bucket", "page"]);
}

/// 15 years of 12 months of 28 days, with two types on each: 10,080 rows.
#[tokio::test]
async fn a_digest_has_10000_rows_at_most() {
    let api = Api::start_uncounted().await;
    let counters = key::counters(api.workspace.config.id, 1);
    let source = api.workspace.config.default_source;
    let numbers: Numbers = (1..=28).map(|day| (format!("{day:02}n"), 1)).collect();
    let checkpoint = Checkpoint {
        name: "t".to_owned(),
        reached: "1".to_owned(),
    };
    let (table, numbers, checkpoint) = (&api.app.table, &numbers, &checkpoint);
    let adding = (0..15 * 12).flat_map(|month| {
        let month = format!("20{:02}-{:02}", month / 12, 1 + month % 12);
        ["sale", "refund"].map(|kind| {
            let sort = counter::month(&month, &format!("{kind}#EUR#{source}"));
            let key = counters.key(sort);
            async move { table.add(&key, numbers, checkpoint, "0").await.unwrap() }
        })
    });
    futures::future::join_all(adding).await;
    let digest = async |query: &str| api.get(&format!("{DIGEST}?{query}")).await;
    let problem = digest("bucket=day").await.problem(422, "validation_failed");
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["parameter"], &error["code"]),
        (&json!("bucket"), &json!("out_of_range"))
    );
    let detail = error["detail"].as_str().unwrap();
    assert!(
        detail.contains("10080") && detail.contains("10000"),
        "{detail}"
    );
    let rows = async |query: &str| {
        let digest = digest(query).await.expect(200);
        digest["data"].as_array().unwrap().len()
    };
    assert_eq!(rows("bucket=month").await, 360);
    assert_eq!(rows("bucket=day&date_from=2000-02-13").await, 10_000);
    digest("bucket=day&date_from=2000-02-12")
        .await
        .problem(422, "validation_failed");
}
