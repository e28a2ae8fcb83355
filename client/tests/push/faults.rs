//! Requests that fail in every way: nothing is lost or doubled.

use std::fs;
use std::time::Duration;

use client::exit::Exit;
use client::push::PushError;
use tokio::sync::watch;

use crate::product::{Fault, Product, TestResult};
use crate::running::{Sending, directory, sales};

const ROWS: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_by_faults_and_a_second_run_changes_nothing() -> TestResult {
    let product = Product::start().await?;
    let file = directory("faults")?.join("may.csv");
    fs::write(&file, sales(ROWS))?;
    product.fail(|number| match number % 7 {
        0 => Fault::Disconnect,
        1 => Fault::LoseAnswer,
        2 => Fault::unavailable(),
        4 => Fault::rate_limit(),
        5 => Fault::bad_gateway(),
        _ => Fault::None,
    });
    let sending = Sending::default();
    let report = sending.send(&product, &file).await?;
    assert!(report.ended.is_none(), "{:?}", report.ended);
    assert_eq!(report.counts.exit(), Exit::Done, "{:?}", report.counts);
    assert_eq!(report.counts.rows, ROWS as u64);
    assert!(report.counts.skipped_duplicate > 0, "answers were lost");
    assert_eq!(product.stored("revenues").await?.len(), ROWS);

    product.fail(|_| Fault::None);
    let again = sending.send(&product, &file).await?;
    assert_eq!(
        again.counts.skipped_duplicate, ROWS as u64,
        "{:?}",
        again.counts
    );
    assert_eq!(product.stored("revenues").await?.len(), ROWS);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_come_is_not_waited_for() -> TestResult {
    let product = Product::start().await?;
    let file = directory("slow")?.join("may.csv");
    fs::write(&file, sales(10))?;
    product.fail(|number| match number {
        0 => Fault::Hang,
        _ => Fault::None,
    });
    let mut sending = Sending::default();
    sending.policy.timeout = Duration::from_secs(1);
    let report = sending.send(&product, &file).await?;
    assert!(report.ended.is_none(), "{:?}", report.ended);
    assert_eq!(product.stored("revenues").await?.len(), 10);
    Ok(())
}

/// Sending it again would create a second one.
#[tokio::test(flavor = "multi_thread")]
async fn a_revenue_without_external_id_is_not_repeated_if_it_may_exist() -> TestResult {
    let product = Product::start().await?;
    let file = directory("anonymous")?.join("may.csv");
    let row = ",sale,5.00,EUR,2026-05-31T10:00:00Z\n";
    fs::write(&file, format!("{}{row}", sales(2)))?;
    product.fail(|number| match number {
        // Nothing was applied, so everything is sent again.
        0 => Fault::unavailable(),
        1 => Fault::LoseAnswer,
        _ => Fault::None,
    });
    let report = Sending::default().send(&product, &file).await?;
    assert!(report.ended.is_none(), "{:?}", report.ended);
    let counts = report.counts;
    assert_eq!(
        (counts.skipped_duplicate, counts.outcome_unknown),
        (2, 1),
        "{counts:?}"
    );
    assert_eq!(counts.without_external_id, 1);
    assert_eq!(counts.exit(), Exit::Rejected);
    // It fails if there are two without an external id.
    assert_eq!(product.stored("revenues").await?.len(), 3);
    let rejects = fs::read_to_string(report.rejects.ok_or("it is reported")?)?;
    assert!(rejects.contains("outcome_unknown"), "{rejects}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waiting_does_not_change_is_not_repeated() -> TestResult {
    let mut product = Product::start().await?;
    let file = directory("denied")?.join("may.csv");
    fs::write(&file, sales(1))?;
    product.key = format!("{}0", product.key);
    let report = Sending::default().send(&product, &file).await?;
    let Some(PushError::Api(error)) = report.ended else {
        return Err("it is refused".into());
    };
    assert_eq!(error.attempts, 1);
    assert!(error.to_string().contains("401 unauthenticated"), "{error}");
    assert!(error.to_string().contains(&error.request_id), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_and_time_are_bounded() -> TestResult {
    let product = Product::start().await?;
    let file = directory("bounded")?.join("may.csv");
    fs::write(&file, sales(1))?;
    let mut sending = Sending::default();
    sending.policy.attempts = 3;
    product.fail(|_| Fault::unavailable());
    let report = sending.send(&product, &file).await?;
    let Some(PushError::Api(error)) = report.ended else {
        return Err("it gives up".into());
    };
    assert_eq!((error.attempts, product.bodies().len()), (3, 3));

    // The pause that the API asks for is longer than the time that is left.
    sending.policy.time_max = Some(Duration::from_secs(60));
    product.fail(|_| match Fault::unavailable() {
        Fault::Answer(status, _, media_type, body) => {
            Fault::Answer(status, Some("3600"), media_type, body)
        }
        other => other,
    });
    let report = sending.send(&product, &file).await?;
    let Some(PushError::Api(error)) = report.ended else {
        return Err("it gives up".into());
    };
    assert_eq!((error.attempts, product.bodies().len()), (1, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_waits_for_what_is_in_progress() -> TestResult {
    let product = Product::start().await?;
    let file = directory("interrupted")?.join("may.csv");
    fs::write(&file, sales(ROWS))?;
    let (release, released) = watch::channel(false);
    product.fail(move |_| Fault::Hold(released.clone()));
    let sending = Sending::default();
    let stop = sending.stop.clone();
    let interrupt = async {
        product.requested(4).await?;
        stop.request();
        release.send(true)?;
        TestResult::Ok(())
    };
    let (report, interrupted) = tokio::join!(sending.send(&product, &file), interrupt);
    interrupted?;
    let report = report?;
    assert!(
        matches!(report.ended, Some(PushError::Interrupted)),
        "{:?}",
        report.ended
    );
    assert_eq!(report.counts.created, 400, "{:?}", report.counts);
    assert_eq!(product.stored("revenues").await?.len(), 400);
    assert_eq!(product.bodies().len(), 4, "nothing new is begun");
    Ok(())
}
