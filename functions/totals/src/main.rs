//! The Lambda function `totals`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::lambda::run_events(async |app, event, deadline| {
        totals::handle_event(&app, event, deadline).await
    })
    .await
}
