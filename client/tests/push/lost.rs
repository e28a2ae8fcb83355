//! Answers that are lost or do not fit: nothing is said to be what nobody knows.

use std::fs;

use client::api::{Cause, Outcome};
use client::push::PushError;
use serde_json::{Value, json};

use crate::night::Night;
use crate::product::{Fault, Product, TestResult};
use crate::running::{Sending, directory, sales};

/// The second attempt is refused because of the first one.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_answer_may_have_applied_is_not_called_rejected() -> TestResult {
    let night = Night::begin("lost-create").await?;
    let created = night.write("created.csv", "external_id,name\np-1,Ada\n")?;
    let updated = night.write("updated.csv", "external_id,name,version\np-1,Eve,1\n")?;
    for (file, operation, code) in [
        (&created, "create_only", "already_exists"),
        (&updated, "create_or_update", "version_conflict"),
    ] {
        let push = ["push", "payees", file, "--operation", operation];
        let push = [&push[..], &["--output", "json"]].concat();
        night.product.fail(|number| match number {
            0 => Fault::LoseAnswer,
            _ => Fault::None,
        });
        let (exit, out, error) = night.run(&push).await?;
        assert_eq!(exit, 1, "{out}{error}");
        let summary: Value = serde_json::from_str(&out)?;
        assert_eq!(summary["total"]["outcome_unknown"], 1, "{out}");
        assert_eq!(summary["total"]["rejected"], 0, "{out}");
        let rejects = fs::read_to_string(format!("{file}.rejects.csv"))?;
        assert!(rejects.contains("an earlier attempt was lost"), "{rejects}");
        assert!(rejects.contains(&format!("now {code}: ")), "{rejects}");

        // Without a lost answer, it is what the API says.
        night.product.fail(|_| Fault::None);
        let (_, out, _) = night.run(&push).await?;
        let summary: Value = serde_json::from_str(&out)?;
        assert_eq!(summary["total"]["rejected"], 1, "{out}");
    }
    assert_eq!(night.product.stored("payees").await?["p-1"]["name"], "Eve");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_are_not_those_of_the_records_are_unexpected() -> TestResult {
    let product = Product::start().await?;
    let file = directory("other-results")?.join("may.csv");
    fs::write(&file, sales(2))?;
    for (indexes, ids) in [
        ([0, 2], ["order-1", "order-2"]),
        ([1, 0], ["order-2", "order-1"]),
        ([0, 1], ["order-1", "order-3"]),
    ] {
        let results = [0, 1]
            .map(|at| json!({"index": indexes[at], "status": "created", "external_id": ids[at]}));
        let answer = json!({"data": results});
        product.fail(move |_| Fault::Answer(200, None, "application/json", answer.clone()));
        let report = Sending::default().send(&product, &file).await?;
        let Some(PushError::Api(error)) = report.ended else {
            return Err("it is not accepted".into());
        };
        assert!(matches!(error.cause, Cause::Unexpected(_)), "{error}");
        assert_eq!(error.outcome, Outcome::Unknown);
        assert_eq!(report.counts, Default::default());
    }
    Ok(())
}
