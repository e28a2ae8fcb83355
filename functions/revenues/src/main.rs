//! The Lambda function `revenues`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::lambda::run(revenues::operations()).await
}
