//! The Lambda function `payouts`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::lambda::run(payouts::operations()).await
}
