//! What a push says when it is done.

use serde_json::Value;

use crate::night::{HEADER, Night};
use crate::product::TestResult;

const MAP: &str = r#"
kind = "revenues"

[[skip]]
column = "state"
is = ["pending"]

[fields]
external_id = { column = "external_id" }
type = { value = "sale" }
amount = { column = "amount" }
currency = { value = "EUR" }
occurred_at = { column = "day", format = "%Y-%m-%d", zone = "UTC" }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_the_map_leaves_out_are_counted() -> TestResult {
    let night = Night::begin("left-out").await?;
    let rows = ["a,1,done,2026-05-31\n", "b,2,pending,2026-05-31\n"]
        .concat()
        .repeat(300);
    let text = format!("external_id,amount,state,day\n{rows}z,1,pending,2026-05-31\n");
    let (map, file) = (
        night.write("map.toml", MAP)?,
        night.write("may.csv", &text)?,
    );
    let push = [
        "push",
        "revenues",
        &file,
        &file.replace("may", "june"),
        "--map",
        &map,
    ];
    night.write("june.csv", &text)?;
    let (code, out, _) = night
        .run(&[&push[..], &["--output", "json"]].concat())
        .await?;
    let summary: Value = serde_json::from_str(&out)?;
    assert_eq!(code, 0, "{out}");
    assert_eq!(summary["files"][0]["counts"]["skipped"], 301, "{out}");
    assert_eq!(summary["files"][0]["counts"]["rows"], 300);
    assert_eq!(summary["total"]["skipped"], 602);
    let (_, out, _) = night.run(&push).await?;
    assert!(out.contains("  skipped by the map        301\n"), "{out}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn revenues_without_external_id_are_warned_of() -> TestResult {
    let night = Night::begin("warned").await?;
    let row = ",sale,1,EUR,2026-05-31\n";
    let file = night.write("may.csv", &format!("{HEADER}{row}a{row}{row}"))?;
    let (code, out, _) = night.run(&["push", "revenues", &file]).await?;
    assert_eq!(code, 0, "{out}");
    let warning = "warning: 2 rows without an external_id: sending them again creates them again, also with --resume";
    assert!(out.contains(warning), "{out}");
    Ok(())
}
