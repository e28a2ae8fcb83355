//! The body of a request, read to its end.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use shared::error::Failure;
use tokio::time::timeout;

/// The most bytes of a body: 6 MiB, Lambda's limit of an event.
pub const BODY_BYTES_MAX: usize = 6 * 1024 * 1024;
/// How long a body may take to arrive.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads a body, whether its length was announced or not.
///
/// One that is too large is read to its end as well: many clients read no answer before they have
/// sent all.
pub(super) async fn read(mut body: Body) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut length = 0;
    let arrival = async {
        while let Some(frame) = body.frame().await {
            let frame = frame?;
            let Some(data) = frame.data_ref() else {
                continue;
            };
            length += data.len();
            if length <= BODY_BYTES_MAX {
                bytes.extend_from_slice(data);
            }
        }
        Ok::<_, axum::Error>(())
    };
    let arrived = timeout(ARRIVAL_TIMEOUT, arrival).await;
    if length > BODY_BYTES_MAX {
        // What the client has to keep to is the smaller limit of the API.
        return Err(Failure::PayloadTooLarge(shared::http::BODY_BYTES_MAX));
    }
    match arrived {
        Ok(Ok(())) => Ok(bytes),
        Ok(Err(_)) => Err(Failure::MalformedJson("it did not arrive whole".to_owned())),
        Err(_) => Err(Failure::MalformedJson(format!(
            "it did not arrive within {} s",
            ARRIVAL_TIMEOUT.as_secs()
        ))),
    }
}
