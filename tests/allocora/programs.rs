//! The functions as programs of their own: behind the gateway, and where builds leave them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use admin::template::{Template, TemplateError};
use http::Method;
use http_body_util::BodyExt;
use local::gateway::Gateway;
use local::runtime::{Output, Programs};
use serde_json::{Value, json};
use shared::app::App;
use store::table::Connection;

use crate::harness::{Api, request};
use crate::stand_in::{self, PANICKING, SILENT, STILLBORN};

#[tokio::test]
async fn the_real_functions_answer_as_programs() {
    let mut api = Api::start_here().await;
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.log", api.table));
    let variables = Connection::emulated(&api.table, api.endpoint.clone()).variables();
    let functions = registry::functions()
        .into_iter()
        .map(|function| function.name);
    let programs = functions
        .map(|name| stand_in::function(name, &variables, log.clone()))
        .collect();
    let gateway = Gateway::of_programs(api.app.clone(), Template::included(), programs).unwrap();
    api.gateway = gateway;
    let payee = api.payee().await;
    api.get(&format!("/api/v1/payees/{payee}"))
        .await
        .expect(200);
    let rule = json!({"name": "R", "allocations": [{"payee_id": payee, "percentage": 10}]});
    api.post("/api/v1/rules", rule).await.expect(201);
    api.get("/nothing").await.problem(404, "not_found");
    let unknown = api.get("/api/v1/payees/x").await;
    let request_id = unknown.header("x-request-id").to_owned();
    unknown.problem(404, "not_found");

    let lines = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(log).unwrap();
    let mut requests: Vec<Value> = lines
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    requests.retain(|line| line["message"] == "request");
    let statuses: Vec<&Value> = requests.iter().map(|request| &request["status"]).collect();
    assert_eq!(statuses, [201, 200, 201, 404, 404]);
    assert_eq!(requests[4]["request_id"], json!(request_id));
    assert!(!lines.contains(&api.key[20..]), "no key is logged");
}

#[tokio::test]
async fn a_panic_is_one_line_of_the_log_without_values() {
    let mut api = Api::start_here().await;
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.log", api.table));
    let variables = Connection::emulated(&api.table, api.endpoint.clone()).variables();
    let program = stand_in::program("ping", PANICKING, None);
    let program = stand_in::logging(program, &variables, log.clone());
    let template = template("", "Timeout: 20, MemorySize: 128").unwrap();
    api.gateway = Gateway::of_programs(api.app.clone(), &template, vec![program]).unwrap();
    let reply = api.get("/api/allocora/ping").await;
    let request_id = reply.header("x-request-id").to_owned();
    reply.problem(500, "internal_error");

    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(log).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line} is JSON")))
        .collect();
    let panics: Vec<&Value> = lines
        .iter()
        .filter(|line| line["message"] == "a panic")
        .collect();
    let [panic] = &panics[..] else {
        panic!("{text}")
    };
    assert_eq!(panic["level"], "ERROR");
    assert_eq!(panic["span"]["request_id"], json!(request_id));
    assert!(
        panic["location"]
            .as_str()
            .unwrap()
            .contains("stand_in/main.rs:"),
        "{panic}"
    );
    let reason = panic["reason"].as_str().unwrap();
    assert!(reason.contains("not a char boundary"), "{panic}");
    assert!(!text.contains("only the client knows"), "{text}");
    let answered = lines
        .iter()
        .find(|line| line["message"] == "request")
        .unwrap();
    assert_eq!(answered["status"], 500);
}

/// A template with these parameters and settings of all functions, and one function.
fn template(parameters: &str, settings: &str) -> Result<Template, TemplateError> {
    Template::parse(&format!(
        "Parameters: {{ {parameters} }}
Globals: {{ Function: {{ {settings} }} }}
Resources:
  PingFunction:
    Type: AWS::Serverless::Function
    Metadata: {{ BuildProperties: {{ Binary: ping }} }}
    Properties: {{ Events: {{ All: {{ Type: HttpApi }} }} }}
  Stream:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{ FilterCriteria: {{ Filters: [{{ Pattern: '{{}}' }}] }} }}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{{ AttributeName: PK }}, {{ AttributeName: SK }}]
      GlobalSecondaryIndexes:
        - {{ IndexName: GSI1, KeySchema: [{{ AttributeName: GSI1PK }}, {{ AttributeName: GSI1SK }}] }}
"
    ))
}

#[test]
fn settings_are_numbers_or_parameters() {
    let of_all = |template: Template| {
        (
            template.function_timeout().as_secs(),
            template.function_memory(),
        )
    };
    let parameters = "FunctionTimeout: { Type: Number, Default: 7 }, FunctionMemory: { Type: Number, Default: '256' }";
    let numbers = template("", "Timeout: 29, MemorySize: 512").unwrap();
    assert_eq!(of_all(numbers), (29, 512));
    let referred = template(
        parameters,
        "Timeout: !Ref FunctionTimeout, MemorySize: !Ref FunctionMemory",
    )
    .unwrap();
    assert_eq!(of_all(referred), (7, 256));
    for settings in [
        "Timeout: 29",
        "Timeout: !Ref Absent, MemorySize: 1",
        "Timeout: -1, MemorySize: 1",
    ] {
        assert!(template(parameters, settings).is_err(), "{settings}");
    }
    assert!(
        Template::included().function_timeout() <= Duration::from_secs(30),
        "what the gateway in the cloud waits"
    );
}

#[tokio::test]
async fn a_client_learns_what_became_of_its_event() {
    let template = template("", "Timeout: 2, MemorySize: 128").unwrap();
    let app = Arc::new(App::new(
        Connection::emulated("none", "http://127.0.0.1:1".to_owned())
            .open()
            .await,
    ));
    let answer_to = async |role: &str| {
        let programs = vec![stand_in::program("ping", role, None)];
        let gateway = Gateway::of_programs(app.clone(), &template, programs).unwrap();
        let answer = gateway
            .answer(request("none", Method::GET, "/", &Value::Null))
            .await;
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice::<Value>(&body).unwrap()
    };
    assert_eq!(answer_to(STILLBORN).await["code"], json!("internal_error"));
    assert_eq!(answer_to(SILENT).await["code"], json!("outcome_unknown"));
}

#[test]
fn programs_are_found_where_builds_leave_them() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(uuid::Uuid::new_v4().to_string());
    let template = template("", "Timeout: 1, MemorySize: 128").unwrap();
    let find = || {
        Programs::find(&root, &template)
            .map(|found| found.with(&[], &Output::Hidden)[0].path.clone())
    };
    let missing = find().unwrap_err().sentence();
    assert!(
        missing.contains(root.to_str().unwrap()) && missing.contains("cargo lambda build"),
        "{missing}"
    );
    std::fs::create_dir_all(root.join("ping")).unwrap();
    assert!(find().is_err(), "a directory is no program");
    let bootstrap = root.join("ping/bootstrap");
    std::fs::write(&bootstrap, "").unwrap();
    assert_eq!(find().unwrap(), bootstrap);
    std::fs::remove_dir_all(root.join("ping")).unwrap();
    let plain = root.join(format!("ping{}", std::env::consts::EXE_SUFFIX));
    std::fs::write(&plain, "").unwrap();
    assert_eq!(find().unwrap(), plain);
    std::fs::remove_dir_all(root).unwrap();
}
