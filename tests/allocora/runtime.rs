//! The emulated execution environment: what becomes of an event when its program answers, fails,
//! ends or hangs.

use std::time::{Duration, Instant, SystemTime};

use local::runtime::{EVENTS_MAX, Environment, Why};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::stand_in::{self, OBEDIENT, STILLBORN, UNABLE};

/// Longer than any answer takes, and shorter than a patient person waits.
const PATIENCE: Duration = Duration::from_secs(20);
/// Lambda's limit of an answer.
const ANSWER_BYTES_MAX: usize = 6 * 1024 * 1024 + 100;

fn environment(role: &str) -> Environment {
    Environment::new(stand_in::program("payees", role, None))
}

/// Gives an event and waits long enough for any answer.
async fn invoke(environment: &Environment, event: Value) -> Result<Value, Why> {
    environment
        .invoke(&event, SystemTime::now() + PATIENCE)
        .await
        .map_err(|error| error.why)
}

async fn pid(environment: &Environment) -> u32 {
    environment.ready().await.unwrap().pid
}

/// A program whose connection lasts as long as it lives.
async fn witnessed() -> (Environment, TcpListener) {
    let witness = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = witness.local_addr().unwrap().to_string();
    (
        Environment::new(stand_in::program("payees", OBEDIENT, Some(address))),
        witness,
    )
}

/// Waits until the process at the other end has ended.
async fn ended(mut process: TcpStream) {
    // Killed processes leave a reset or an end.
    _ = timeout(PATIENCE, process.read_u8())
        .await
        .expect("the process ends")
        .unwrap_err();
}

#[tokio::test]
async fn a_program_sees_what_lambda_would_show_it() {
    let environment = environment(OBEDIENT);
    let deadline = SystemTime::now() + PATIENCE;
    let event = json!({"do": "answer", "text": "ä", "amount": 12345678901234567890.123456789});
    let seen = environment.invoke(&event, deadline).await.unwrap();
    assert_eq!(seen["event"], event);
    assert_eq!(seen["variables"], json!(["payees", "512", "$LATEST"]));
    let milliseconds = deadline
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_millis();
    assert_eq!(seen["deadline"], json!(milliseconds.to_string()));
    assert!(seen["arn"].as_str().unwrap().ends_with(":function:payees"));
    assert!(seen["trace"].as_str().unwrap().starts_with("Root=1-"));
}

#[tokio::test]
async fn a_program_is_started_once_for_many_events() {
    let environment = environment(OBEDIENT);
    let running = environment.ready().await.unwrap();
    assert!(running.ready > running.spawned);
    let answers =
        futures::future::join_all((0..20).map(|_| invoke(&environment, json!({"do": "answer"}))))
            .await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(pid(&environment).await, running.pid);
}

#[tokio::test]
async fn a_crash_fails_its_event_at_once_and_not_the_next() {
    let environment = environment(OBEDIENT);
    let before = pid(&environment).await;
    let begun = Instant::now();
    let (crashed, next) = futures::join!(
        invoke(&environment, json!({"do": "crash"})),
        invoke(&environment, json!({"do": "answer"}))
    );
    assert!(matches!(crashed.unwrap_err(), Why::Ended(status) if status.code() == Some(7)));
    next.unwrap();
    assert!(begun.elapsed() < PATIENCE / 2);
    assert_ne!(pid(&environment).await, before);
}

#[tokio::test]
async fn a_program_that_left_is_started_again() {
    let environment = environment(OBEDIENT);
    let before = pid(&environment).await;
    invoke(&environment, json!({"do": "leave"})).await.unwrap();
    let replaced = async {
        while pid(&environment).await == before {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, replaced).await.unwrap();
    invoke(&environment, json!({"do": "answer"})).await.unwrap();
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_killed() {
    let (environment, witness) = witnessed().await;
    environment.ready().await.unwrap();
    let (first, _) = witness.accept().await.unwrap();
    let soon = SystemTime::now() + Duration::from_millis(200);
    let error = environment
        .invoke(&json!({"do": "hang"}), soon)
        .await
        .unwrap_err();
    assert!(matches!(error.why, Why::TimedOut));
    ended(first).await;
    invoke(&environment, json!({"do": "answer"})).await.unwrap();
}

#[tokio::test]
async fn a_program_ends_with_its_environment() {
    let (environment, witness) = witnessed().await;
    environment.ready().await.unwrap();
    let (process, _) = witness.accept().await.unwrap();
    drop(environment);
    ended(process).await;
}

#[tokio::test]
async fn a_program_that_cannot_begin_says_why() {
    let unable = invoke(&environment(UNABLE), json!({})).await.unwrap_err();
    assert!(
        matches!(&unable, Why::Init(message) if message == "Setup: no table is named"),
        "{unable:?}"
    );
    let stillborn = invoke(&environment(STILLBORN), json!({}))
        .await
        .unwrap_err();
    assert!(
        matches!(&stillborn, Why::Ended(status) if status.code() == Some(3)),
        "{stillborn:?}"
    );
    let mut absent = stand_in::program("payees", OBEDIENT, None);
    absent.path = "/nowhere/payees".into();
    let absent = invoke(&Environment::new(absent), json!({}))
        .await
        .unwrap_err();
    assert!(
        matches!(&absent, Why::Start(path, _) if path.ends_with("payees")),
        "{absent:?}"
    );
}

#[tokio::test]
async fn a_failed_answer_does_not_end_the_program() {
    let environment = environment(OBEDIENT);
    let before = pid(&environment).await;
    let failed = invoke(&environment, json!({"do": "fail"}))
        .await
        .unwrap_err();
    assert!(
        matches!(&failed, Why::Failed(message) if message == "Bug: a function failed"),
        "{failed:?}"
    );
    assert!(matches!(
        invoke(&environment, json!({"do": "babble"})).await,
        Err(Why::NotJson(_))
    ));
    let larger = json!({"do": "fill", "bytes": ANSWER_BYTES_MAX + 1, "expect": 413});
    assert!(matches!(
        invoke(&environment, larger).await,
        Err(Why::TooLarge)
    ));
    let largest = json!({"do": "fill", "bytes": ANSWER_BYTES_MAX, "expect": 202});
    assert_eq!(
        invoke(&environment, largest)
            .await
            .unwrap()
            .as_str()
            .unwrap()
            .len(),
        ANSWER_BYTES_MAX - 2
    );
    assert_eq!(
        invoke(&environment, json!({"do": "misaddress"}))
            .await
            .unwrap(),
        json!(400)
    );
    assert_eq!(pid(&environment).await, before);
}

#[tokio::test]
async fn the_line_has_an_end() {
    let environment = environment(OBEDIENT);
    let waiting = (0..EVENTS_MAX).map(|_| invoke(&environment, json!({"do": "hang"})));
    let refused = tokio::select! {
        biased;
        _ = futures::future::join_all(waiting) => panic!("nothing is answered"),
        refused = invoke(&environment, json!({"do": "answer"})) => refused.unwrap_err(),
    };
    assert!(matches!(refused, Why::Throttled));
    // Those that waited have gone, the first of them with its program.
    invoke(&environment, json!({"do": "answer"})).await.unwrap();
}

#[tokio::test]
async fn an_event_whose_time_runs_out_in_line_is_not_begun() {
    let environment = environment(OBEDIENT);
    environment.ready().await.unwrap();
    let (event, soon) = (
        json!({"do": "answer"}),
        SystemTime::now() + Duration::from_millis(100),
    );
    let late = tokio::select! {
        biased;
        _ = invoke(&environment, json!({"do": "hang"})) => panic!("it is not answered"),
        late = environment.invoke(&event, soon) => late.unwrap_err(),
    };
    assert!(matches!(late.why, Why::NotBegun));
}
