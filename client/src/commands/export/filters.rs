//! The filters of lists as arguments. The API says what each may be.

use clap::Args;

use crate::commands::Failed;
use crate::kind::RecordKind;

/// The filters of a list, which combine with AND.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filters")]
pub struct Filters {
    /// Of revenues: from this UTC day on.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Of revenues: up to this UTC day.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Of revenues: from this source.
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// Of revenues: in this currency.
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Of revenues and payees: of this type.
    #[arg(long = "type", id = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Of payees, products and rules: with this status.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Of products: in this category.
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    /// Of products: with this tag.
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Of rules: flat or tiered ones.
    #[arg(long, value_name = "TYPE")]
    allocation_type: Option<String>,
    /// Of rules: those that give a share to the payee with this external id.
    #[arg(long, value_name = "EXTERNAL_ID")]
    payee: Option<String>,
    /// Of rules: those that give a share to the payee with this id.
    #[arg(long, value_name = "ID")]
    payee_id: Option<String>,
    /// Of payees, products and rules: changed at this instant or later.
    #[arg(long, value_name = "INSTANT")]
    updated_since: Option<String>,
    /// With this text in their names or ids, in any case.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// With exactly this external id.
    #[arg(long, value_name = "EXTERNAL_ID")]
    external_id: Option<String>,
}

/// A filter: its argument, its parameter, and the kinds that have it.
type Filter<'a> = (
    &'static str,
    &'static str,
    &'static [RecordKind],
    &'a Option<String>,
);

impl Filters {
    fn all(&self) -> [Filter<'_>; 14] {
        use RecordKind::{Payees, Products, Revenues, Rules};
        let records = &[Payees, Products, Rules][..];
        [
            ("--from", "date_from", &[Revenues], &self.from),
            ("--to", "date_to", &[Revenues], &self.to),
            ("--source", "revenue_source_id", &[Revenues], &self.source),
            ("--currency", "currency", &[Revenues], &self.currency),
            ("--type", "type", &[Revenues, Payees], &self.kind),
            ("--status", "status", records, &self.status),
            ("--category", "category", &[Products], &self.category),
            ("--tag", "tag", &[Products], &self.tag),
            (
                "--allocation-type",
                "allocation_type",
                &[Rules],
                &self.allocation_type,
            ),
            ("--payee", "payee_external_id", &[Rules], &self.payee),
            ("--payee-id", "payee_id", &[Rules], &self.payee_id),
            (
                "--updated-since",
                "updated_since",
                records,
                &self.updated_since,
            ),
            ("--search", "search", &RecordKind::ALL, &self.search),
            (
                "--external-id",
                "external_id",
                &RecordKind::ALL,
                &self.external_id,
            ),
        ]
    }

    /// The parameters of the list of a kind.
    ///
    /// # Errors
    /// A filter that the kind does not have.
    pub fn query(&self, kind: RecordKind) -> Result<Vec<(&'static str, String)>, Failed> {
        let mut query = Vec::new();
        for (argument, parameter, kinds, value) in self.all() {
            let Some(value) = value else { continue };
            if !kinds.contains(&kind) {
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
                let kinds = kinds.join(", ");
                return Err(Failed::usage(&format!(
                    "{argument} is a filter of {kinds}, not of {kind}"
                )));
            }
            query.push((parameter, value.clone()));
        }
        Ok(query)
    }
}
