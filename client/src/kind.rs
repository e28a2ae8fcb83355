//! The kinds of records that files hold.

use std::fmt;

use clap::ValueEnum;
use domain::payee::Payee;
use domain::permission::{HasKind, Kind};
use domain::product::Product;
use domain::revenue::Revenue;
use domain::rule::Rule;

/// A kind of record that files hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RecordKind {
    /// Who gets paid.
    Payees,
    /// What is sold.
    Products,
    /// Who gets which share.
    Rules,
    /// Sales, refunds and adjustments.
    Revenues,
}

impl RecordKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Payees, Self::Products, Self::Rules, Self::Revenues];

    /// Its names in the domain.
    pub fn kind(self) -> Kind {
        match self {
            Self::Payees => Payee::KIND,
            Self::Products => Product::KIND,
            Self::Rules => Rule::KIND,
            Self::Revenues => Revenue::KIND,
        }
    }

    /// The plural, as in the paths of the API.
    pub fn name(self) -> &'static str {
        self.kind().many
    }

    /// The kind with this plural.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
