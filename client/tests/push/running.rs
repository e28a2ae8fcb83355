//! Files of a test, and how they are sent.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use client::api::{Api, Policy};
use client::config::{ApiKey, Connection};
use client::kind::RecordKind;
use client::progress::Progress;
use client::push::{Amounts, FileReport, Job, LockedFile, Options, push_file};
use client::stop::Stop;

use crate::product::{AnyError, Product};

/// A new directory of a test.
pub fn directory(name: &str) -> Result<PathBuf, AnyError> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

/// A CSV file with so many sales of one euro each and one more.
pub fn sales(rows: usize) -> String {
    let mut text = "external_id,type,amount,currency,occurred_at\n".to_owned();
    for row in 1..=rows {
        _ = writeln!(text, "order-{row},sale,{row}.00,EUR,2026-05-31T10:00:00Z");
    }
    text
}

/// A connection to a product.
pub fn connection(product: &Product) -> Result<Connection, AnyError> {
    Ok(Connection {
        base_url: product.base_url.clone(),
        key: ApiKey::parse(&product.key, "the test")?,
    })
}

/// How a test sends a file.
pub struct Sending {
    pub kind: RecordKind,
    pub options: Options,
    pub is_corrected: bool,
    pub policy: Policy,
    pub stop: Stop,
}

impl Default for Sending {
    /// Revenues, again and again without pauses that a test would notice.
    fn default() -> Self {
        Self {
            kind: RecordKind::Revenues,
            options: Options {
                parallel: 4,
                corrections: None,
                resume: false,
            },
            is_corrected: false,
            policy: Policy {
                attempts: 100,
                pause: Duration::from_millis(1),
                pause_max: Duration::from_millis(8),
                ..Policy::default()
            },
            stop: Stop::default(),
        }
    }
}

impl Sending {
    /// Of another kind.
    pub fn of(kind: RecordKind) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    /// Sends a file.
    pub async fn send(&self, product: &Product, path: &Path) -> Result<FileReport, AnyError> {
        let connection = connection(product)?;
        let api = Api::new(&connection, self.policy.clone(), self.stop.clone())?;
        let mut options = self.options.clone();
        if self.is_corrected {
            let paths = [path.to_owned()];
            let amounts = Amounts::read(&api, &paths, &Default::default(), &self.stop).await?;
            options.corrections = Some(Arc::new(amounts));
        }
        let progress = Progress::silent();
        let job = Job {
            api: Arc::new(api),
            kind: self.kind,
            reading: Default::default(),
            target: product.base_url.clone(),
            options,
            stop: self.stop.clone(),
            progress: &progress,
        };
        Ok(push_file(&job, &LockedFile::of(path)?).await?)
    }
}
