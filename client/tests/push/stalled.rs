//! What is said while requests fail, and about an address that is not that of the API.

use std::fs;
use std::time::Duration;

use client::push::PushError;
use serde_json::json;

use crate::night::{Night, TWO_MONTHS};
use crate::product::{Fault, Product, TestResult};
use crate::running::{Sending, directory, sales};

#[tokio::test(flavor = "multi_thread")]
async fn repeated_requests_are_reported_unless_nobody_wants_to_know() -> TestResult {
    let night = Night::begin("repeated").await?;
    let file = night.directory.join("may.csv");
    fs::write(&file, sales(10))?;
    let file = file.to_str().ok_or("it is UTF-8")?;
    let push = ["push", "revenues", file];
    for (fault, expected) in [
        (
            Fault::unavailable(),
            "POST /api/v1/revenues/batch: 503 unavailable: Try again.; attempt 1 of 10, the next one in ",
        ),
        (
            Fault::LoseFirstRecord,
            "/api/v1/revenues/batch: 1 record failed: outcome_unknown: Send it again.; attempt 1 of 10, ",
        ),
    ] {
        let first = fault.clone();
        night.product.fail(move |number| match number {
            0 => first.clone(),
            _ => Fault::None,
        });
        let (code, _, error) = night.run(&push).await?;
        assert_eq!(code, 0, "{error}");
        assert!(error.contains(expected), "{error}");
        assert!(error.contains("(1 repetition so far)"), "{error}");
        night.product.fail(move |number| match number {
            0 => fault.clone(),
            _ => Fault::None,
        });
        let (code, _, error) = night.run(&[&push[..], &["--quiet"]].concat()).await?;
        assert_eq!((code, error.as_str()), (0, ""));
    }

    for arguments in [
        vec!["ping"],
        vec!["export", "revenues"],
        vec!["reconcile", "revenues", file],
        vec!["payouts", "explain", "order-1"],
    ] {
        night.product.fail_reads(|number| match number {
            0 => Fault::unavailable(),
            _ => Fault::None,
        });
        let (_, _, error) = night.run(&arguments).await?;
        assert!(
            error.contains("503 unavailable: Try again."),
            "{arguments:?}: {error}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_that_of_the_api_is_named() -> TestResult {
    let night = Night::begin("address").await?;
    let file = night.write("may.csv", TWO_MONTHS)?;
    let page = "<!doctype html><title>Welcome</title>";
    for (status, media_type) in [
        (200, "text/html; charset=utf-8"),
        (403, "text/html"),
        (404, "application/json"),
        (301, "text/plain"),
        (200, "text/plain"),
    ] {
        for arguments in [
            vec!["ping"],
            vec!["push", "revenues", &file],
            vec!["export", "payees"],
        ] {
            night
                .product
                .fail_reads(move |_| Fault::Answer(status, None, media_type, json!(page)));
            let (code, _, error) = night.run(&arguments).await?;
            assert_eq!(code, 2, "{status}: {error}");
            let url = &night.product.base_url;
            let expected = format!("the address \"{url}\" is probably wrong");
            assert!(
                error.contains(&expected) && error.contains("Welcome"),
                "{error}"
            );
        }
    }
    // A page of what is in front of the API, for a while.
    night
        .product
        .fail_reads(move |_| Fault::Answer(503, Some("0"), "text/html", json!(page)));
    let (code, _, error) = night.run(&["ping"]).await?;
    assert_eq!(code, 3, "{error}");
    assert!(!error.contains("probably wrong"), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_time_is_what_it_says() -> TestResult {
    let product = Product::start().await?;
    let file = directory("time")?.join("may.csv");
    fs::write(&file, sales(1))?;
    let mut sending = Sending::default();
    sending.policy.time_max = Some(Duration::ZERO);
    let report = sending.send(&product, &file).await?;
    let Some(PushError::Api(error)) = report.ended else {
        return Err("no time was left".into());
    };
    assert!(
        error
            .to_string()
            .contains("it was not sent: no time is left"),
        "{error}"
    );

    product.fail(|_| Fault::Hang);
    sending.policy.time_max = Some(Duration::from_secs(1));
    let report = sending.send(&product, &file).await?;
    let Some(PushError::Api(error)) = report.ended else {
        return Err("no time was left".into());
    };
    let expected = "; attempt 1, and no time is left";
    assert!(error.to_string().contains(expected), "{error}");
    assert!(!error.to_string().contains("35 s"), "{error}");
    Ok(())
}
