//! A workspace with files that are sent to it and compared with it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::allocora::{allocora, ended};
use crate::product::{AnyError, Product, TestResult};
use crate::running::directory;

pub const HEADER: &str = "external_id,type,amount,currency,occurred_at\n";

/// A workspace, and a folder with files.
pub struct Night {
    pub product: Product,
    pub directory: PathBuf,
}

impl Night {
    pub async fn begin(name: &str) -> Result<Self, AnyError> {
        Ok(Self {
            product: Product::start().await?,
            directory: directory(name)?,
        })
    }

    pub fn write(&self, name: &str, text: &str) -> Result<String, AnyError> {
        let path = self.directory.join(name);
        fs::write(&path, text)?;
        Ok(path.to_str().ok_or("it is UTF-8")?.to_owned())
    }

    pub async fn run(&self, arguments: &[&str]) -> Result<(i32, String, String), AnyError> {
        ended(allocora(&self.product, &self.directory, arguments)).await
    }

    /// Sends rows, all of which are accepted.
    pub async fn push(&self, rows: &str) -> TestResult {
        let file = self.write("pushed.csv", &format!("{HEADER}{rows}"))?;
        let (code, out, error) = self.run(&["push", "revenues", &file]).await?;
        assert_eq!(code, 0, "{out}{error}");
        Ok(())
    }

    /// Compares rows with what was sent. Returns the exit code and the report.
    pub async fn reconcile(
        &self,
        rows: &str,
        arguments: &[&str],
    ) -> Result<(i32, Value), AnyError> {
        let file = self.write("books.csv", &format!("{HEADER}{rows}"))?;
        self.reconcile_files(&[&file], arguments).await
    }

    pub async fn reconcile_files(
        &self,
        files: &[&str],
        arguments: &[&str],
    ) -> Result<(i32, Value), AnyError> {
        let all = [
            &["reconcile", "revenues"],
            files,
            &["--output", "json"],
            arguments,
        ]
        .concat();
        let (code, out, error) = self.run(&all).await?;
        let report: Value = serde_json::from_str(&out).map_err(|_| format!("{code}: {error}"))?;
        assert_eq!(report["exit_code"], code);
        assert_eq!(report["equal"], code == 0);
        Ok((code, report))
    }
}

/// What a report found, as external ids.
pub fn found(report: &Value) -> [Vec<String>; 4] {
    let ids = |list: &str, of: fn(&Value) -> &Value| {
        let list = report[list].as_array().into_iter().flatten();
        let id = |one: &Value| {
            of(one)["external_id"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        list.map(id).collect()
    };
    [
        ids("only_in_files", |one| &one["record"]),
        ids("only_in_api", |one| one),
        ids("different", |one| &one["record"]),
        ids("twice_in_files", |one| &one["record"]),
    ]
}

pub fn assert_found(report: &Value, expected: [&[&str]; 4]) {
    assert_eq!(
        found(report),
        expected.map(|ids| ids.to_vec()),
        "{report:#}"
    );
}

/// Revenues of two months, in three currencies and of every type.
pub const TWO_MONTHS: &str = "\
order-1,sale,249,EUR,2026-04-30T23:59:59.999999Z
order-2,sale,249.5,EUR,2026-05-01T01:30:00+02:00
order-3,sale,19.99,usd,2026-05-02
refund-1,refund,-99.9,EUR,2026-05-31T10:00:00Z
adjustment-1,adjustment,-1,JPY,2026-05-31T10:00:00Z
";
