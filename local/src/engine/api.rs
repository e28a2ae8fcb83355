//! The HTTP API of DynamoDB and its streams, over the database.

use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use dynoxide::auth_material::{self, AuthMaterial};
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The most bytes of a request: DynamoDB's limit of 16 MB.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Names the operation, as in `DynamoDB_20120810.PutItem`.
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const AMZ_JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

/// What a message has that is about the value and not about its type.
const OF_VALUES: [&str; 4] = [
    "missing field",
    "unknown variant",
    "invalid type: null",
    "AttributeValue",
];

/// Answers a request.
pub(super) async fn answer(database: &Database, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST || parts.uri.path() != "/" {
        return response(StatusCode::NOT_FOUND, String::new());
    }
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return response(StatusCode::PAYLOAD_TOO_LARGE, String::new());
    };
    let operation = text(&parts.headers, &TARGET).and_then(|target| target.split_once('.'));
    let (service, operation) = operation.unwrap_or_default();
    if !["DynamoDB_20120810", "DynamoDBStreams_20120810"].contains(&service) {
        return response(StatusCode::BAD_REQUEST, unknown());
    }
    let credentials = AuthMaterial {
        authorization: text(&parts.headers, &AUTHORIZATION),
        query: parts.uri.query().unwrap_or_default(),
        has_date_header: [AMZ_DATE, DATE]
            .iter()
            .any(|name| parts.headers.contains_key(name)),
    };
    if let Some(refused) = auth_material::validate(credentials) {
        return response(StatusCode::BAD_REQUEST, refused);
    }
    match carry_out(database, operation, &body) {
        Some(Ok(json)) => response(StatusCode::OK, json),
        Some(Err(error)) => {
            let status = StatusCode::from_u16(error.status_code());
            tracing::debug!(operation, %error, "an operation failed");
            response(status.unwrap_or(StatusCode::BAD_REQUEST), error.to_json())
        }
        None => response(StatusCode::BAD_REQUEST, unknown()),
    }
}

/// Carries out an operation; `None` if there is none of this name.
fn carry_out(db: &Database, operation: &str, body: &[u8]) -> Option<Result<String, DynoxideError>> {
    Some(match operation {
        "BatchExecuteStatement" => run(body, |request| db.batch_execute_statement(request)),
        "BatchGetItem" => run(body, |request| db.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| db.batch_write_item(request)),
        "CreateTable" => run(body, |request| db.create_table(request)),
        "DeleteItem" => run(body, |request| db.delete_item(request)),
        "DeleteTable" => run(body, |request| db.delete_table(request)),
        "DescribeStream" => run(body, |request| db.describe_stream(request)),
        "DescribeTable" => run(body, |request| db.describe_table(request)),
        "DescribeTimeToLive" => run(body, |request| db.describe_time_to_live(request)),
        "ExecuteStatement" => run(body, |request| db.execute_statement(request)),
        "ExecuteTransaction" => run(body, |request| db.execute_transaction(request)),
        "GetItem" => run(body, |request| db.get_item(request)),
        "GetRecords" => run(body, |request| db.get_records(request)),
        "GetShardIterator" => run(body, |request| db.get_shard_iterator(request)),
        "ListStreams" => run(body, |request| db.list_streams(request)),
        "ListTables" => run(body, |request| db.list_tables(request)),
        "ListTagsOfResource" => run(body, |request| db.list_tags_of_resource(request)),
        "PutItem" => run(body, |request| db.put_item(request)),
        "Query" => run(body, |request| db.query(request)),
        "Scan" => run(body, |request| db.scan(request)),
        "TagResource" => run(body, |request| db.tag_resource(request)),
        "TransactGetItems" => run(body, |request| db.transact_get_items(request)),
        "TransactWriteItems" => run(body, |request| db.transact_write_items(request)),
        "UntagResource" => run(body, |request| db.untag_resource(request)),
        "UpdateItem" => run(body, |request| db.update_item(request)),
        "UpdateTable" => run(body, |request| db.update_table(request)),
        "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
        _ => return None,
    })
}

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    call: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request = serde_json::from_slice(body).map_err(|error| not_read(&error.to_string()))?;
    let answer = call(request)?;
    serde_json::to_string(&answer)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The error of DynamoDB for a request that is not read. The engine marks messages about values, as
/// in `VALIDATION:`.
fn not_read(message: &str) -> DynoxideError {
    let (marker, rest) = message.split_once(':').unwrap_or_default();
    if marker.starts_with("VALIDATION") {
        DynoxideError::ValidationException(rest.to_owned())
    } else if marker.starts_with("SERIALIZATION") {
        DynoxideError::SerializationException(rest.to_owned())
    } else if OF_VALUES.iter().any(|text| message.contains(text)) {
        DynoxideError::ValidationException(message.to_owned())
    } else {
        DynoxideError::SerializationException(message.to_owned())
    }
}

fn unknown() -> String {
    r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#.to_owned()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn response(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, AMZ_JSON);
    response
}
