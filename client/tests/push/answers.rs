//! Answers that try to do harm.

use serde_json::{Value, json};

use crate::night::{HEADER, Night, TWO_MONTHS};
use crate::product::{Fault, TestResult};

const PROBLEM: &str = "application/problem+json";

fn problem(status: u16, detail: &str) -> Value {
    json!({"status": status, "code": "unavailable", "detail": detail})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_an_answer_repeats_is_not_shown() -> TestResult {
    let night = Night::begin("echo").await?;
    let key = night.product.key.clone();
    for (status, media_type, repeats_in_problem) in [
        (500, "text/plain", false),
        (400, "text/plain", false),
        (200, "text/html", false),
        (400, PROBLEM, true),
    ] {
        let text = format!("authorization: Bearer {key}.");
        let body = match repeats_in_problem {
            true => problem(status, &text),
            false => json!(text),
        };
        let answer = move |_| Fault::Answer(status, Some("0"), media_type, body.clone());
        night.product.fail_reads(answer);
        let (code, out, error) = night.run(&["--output", "json", "ping"]).await?;
        assert_ne!(code, 0);
        for text in [out, error] {
            assert!(!text.contains(&key), "{status}: {text}");
            assert!(text.contains("Bearer (key)."), "{status}: {text}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_ever() -> TestResult {
    let night = Night::begin("for-ever").await?;
    let file = night.write("may.csv", &format!("{HEADER}{TWO_MONTHS}"))?;
    let asked = ["18446744073709551615", "9223372036854775807", "100000"];
    for retry_after in asked {
        let answer =
            move |_| Fault::Answer(429, Some(retry_after), PROBLEM, problem(429, "Later."));
        night.product.fail(answer);
        let push = ["--output", "json", "push", "revenues", &file];
        let (code, out, error) = night.run(&push).await?;
        assert_eq!(code, 3, "{retry_after}: {error}");
        assert_eq!(serde_json::from_str::<Value>(&out)?["exit_code"], 3);
        night.product.fail_reads(answer);
        let (code, _, error) = night.run(&["ping"]).await?;
        assert_eq!(code, 3, "{retry_after}: {error}");
        assert!(error.contains("no time is left"), "{error}");
        night.product.fail_reads(|_| Fault::None);
    }
    night.product.fail(|_| Fault::None);
    let push = [
        "push",
        "revenues",
        &file,
        "--max-time",
        "18446744073709551615",
    ];
    let (code, _, error) = night.run(&push).await?;
    assert_eq!(code, 0, "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn control_characters_do_not_reach_a_terminal() -> TestResult {
    let night = Night::begin("control").await?;
    let body = problem(400, "\u{1b}[2Jcleared\u{7}");
    night
        .product
        .fail_reads(move |_| Fault::Answer(400, None, PROBLEM, body.clone()));
    let (_, _, error) = night.run(&["ping"]).await?;
    assert!(error.contains(r"\u001b[2Jcleared\u0007"), "{error:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_answer_of_the_api_is_a_ping() -> TestResult {
    let night = Night::begin("no-ping").await?;
    night
        .product
        .fail_reads(|_| Fault::Answer(200, None, "application/json", json!({})));
    let (code, out, error) = night.run(&["ping"]).await?;
    assert_eq!((code, out.as_str()), (3, ""), "{error}");
    assert!(error.contains("workspace_id"), "{error}");
    Ok(())
}
