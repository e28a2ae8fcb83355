//! The Lambda function `totals`: counts the revenues that the stream of the table delivers.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::lambda::run_stream().await
}
