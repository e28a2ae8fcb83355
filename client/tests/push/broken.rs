//! Files that end in the middle: what can be read is sent, and a rerun would not help.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::night::{HEADER, Night};
use crate::product::TestResult;
use crate::running::sales;

/// So many that some can be read although the end is missing.
const ROWS: usize = 5_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_read_of_a_file_is_sent_and_the_exit_code_says_that_it_is_wrong() -> TestResult
{
    let night = Night::begin("broken").await?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(sales(ROWS).as_bytes())?;
    let bytes = encoder.finish()?;
    let zipped = night.directory.join("may.csv.gz");
    fs::write(&zipped, &bytes[..bytes.len() - 10])?;
    let zipped = zipped.to_str().ok_or("it is UTF-8")?;
    let sale = r#"{"external_id": "b", "type": "sale", "amount": 1, "currency": "EUR", "occurred_at": "2026-05-31"}"#;
    let json = night.write("may.json", &format!("[{sale}"))?;
    let june = night.write("june.csv", &format!("{HEADER}c,sale,1,EUR,2026-06-01\n"))?;
    let files = [zipped, &json, &june];

    for command in [&["push", "revenues", "--check"][..], &["push", "revenues"]] {
        let (code, out, error) = night.run(&[command, &files].concat()).await?;
        assert_eq!(code, 2, "{command:?}: {out}{error}");
        let out = out + &error;
        assert!(out.contains("the gzip data ends too early"), "{out}");
        assert!(out.contains("the list is not closed"), "{out}");
    }
    let stored = night.product.stored("revenues").await?;
    assert!(stored.contains_key("b") && stored.contains_key("c"));
    assert!(stored.len() > ROWS / 2, "{}", stored.len());
    let (code, _, error) = night.run(&["reconcile", "revenues", &json]).await?;
    assert_eq!(code, 2, "{error}");

    // Rejected rows do not hide it.
    let bad = night.write("bad.json", &format!(r#"[{sale}, {{"external_id": "d"}}"#))?;
    let (code, out, _) = night.run(&["push", "revenues", &bad]).await?;
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("\n  not read to its end\n"), "{out}");
    Ok(())
}
