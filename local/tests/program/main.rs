//! The program `local` as a developer runs it: what it says, what it keeps, and how it ends.

#![cfg(unix)]

mod reference;
mod refusals;
mod running;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use running::{AnyError, Running, directory, fail, start, text};
use serde_json::Value;

#[test]
fn it_says_how_to_use_it_and_stops_on_a_signal() -> Result<(), AnyError> {
    let local = start(&["--table", "trial"])?;
    let dynamodb = local.said("DynamoDB is running at")?;
    assert!(dynamodb.starts_with("http://127.0.0.1:"), "{dynamodb}");
    assert!(dynamodb.ends_with(" (table trial)"), "{dynamodb}");
    let [(workspace, key)] = local.keys()[..] else {
        return Err(format!("{:#?}", local.welcome).into());
    };
    assert_eq!(workspace, "Local");
    let ping = local.get("/api/allocora/ping", key)?;
    assert_eq!(
        ping["workspace_id"].as_str(),
        Some(local.said("workspace")?)
    );
    let url = local.said("Allocora is running at")?;
    let curl = format!("curl {url}/api/allocora/ping -H 'Authorization: Bearer {key}'");
    assert_eq!(
        local.welcome.last().map(|line| line.trim()),
        Some(curl.as_str())
    );
    assert!(local.get("/api/allocora/ping", "junk").is_err());
    assert!(local.stop()?, "a stop is a success");
    Ok(())
}

#[test]
fn accounts_and_sample_data_are_kept_in_the_data_directory() -> Result<(), AnyError> {
    let directory = directory("kept")?;
    let (data, credentials) = (directory.join("data"), directory.join("credentials.json"));
    let arguments = [
        "--data-dir",
        text(&data)?,
        "--sample-data",
        "--credentials",
        text(&credentials)?,
    ];
    let local = start(&arguments)?;
    let keys: Vec<(String, String)> = local
        .keys()
        .into_iter()
        .map(|(name, key)| (name.to_owned(), key.to_owned()))
        .collect();
    let names: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Local",
            "Northwind SaaS affiliate programme",
            "Riverside marketplace"
        ]
    );
    let kinds = ["payees", "products", "rules", "revenues"];
    let totals = |local: &Running| -> Result<Vec<Option<u64>>, AnyError> {
        let mut totals = Vec::new();
        for (_, key) in &keys {
            for kind in kinds {
                totals.push(local.total(kind, key)?);
            }
        }
        Ok(totals)
    };
    let loaded = totals(&local)?;
    assert_eq!(
        loaded[..4],
        [Some(0); 4],
        "no sample in the workspace Local"
    );
    assert!(
        loaded[4..].iter().all(|total| *total > Some(0)),
        "{loaded:?}"
    );

    let written: Value = serde_json::from_slice(&fs::read(&credentials)?)?;
    assert_eq!(written["base_url"], local.said("Allocora is running at")?);
    assert_eq!(written["table"], "allocora");
    assert_eq!(written["api_key"], keys[0].1.as_str());
    let ping = local.get("/api/allocora/ping", &keys[0].1)?;
    assert_eq!(written["workspace_id"], ping["workspace_id"]);
    let sources = local.get("/api/v1/revenue-sources", &keys[0].1)?;
    assert_eq!(written["revenue_source_id"], sources["data"][0]["id"]);
    for file in [&credentials, &data.join("keys.json")] {
        let mode = fs::metadata(file)?.permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }

    let second = fail(&[
        "--port",
        "0",
        "--dynamodb-port",
        "0",
        "--data-dir",
        text(&data)?,
    ])?;
    assert_eq!(second.status.code(), Some(1));
    let error = String::from_utf8(second.stderr)?;
    assert!(
        error.starts_with("error: ") && error.contains("in use"),
        "{error}"
    );
    assert!(local.stop()?);

    let again = start(&arguments)?;
    let known: Vec<(&str, &str)> = keys
        .iter()
        .map(|(name, key)| (name.as_str(), key.as_str()))
        .collect();
    assert_eq!(again.keys(), known, "the same keys");
    assert_eq!(totals(&again)?, loaded, "loaded once");
    assert!(again.stop()?);
    Ok(())
}
