//! Which revenues are counted together, and which are wanted.

use std::fmt;

use serde::Deserialize;
use strum::VariantArray;
use uuid::Uuid;

use crate::filter::FieldText;
use crate::revenue::{Revenue, RevenueType};
use crate::value::{Currency, Date, FromText, StringEnum, parse_uuid};

/// The name of the counters of all revenues of any group.
pub const EVERYTHING: &str = "*";

/// Revenues of one type, currency and source, which are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Group {
    /// The currency.
    pub currency: Currency,
    /// The type.
    #[serde(rename = "type")]
    pub kind: RevenueType,
    /// The source.
    #[serde(rename = "revenue_source_id")]
    pub source: Uuid,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.kind.name(), self.currency, self.source)
    }
}

impl Group {
    /// The group of a revenue.
    pub fn of(revenue: &Revenue) -> Self {
        Self {
            currency: revenue.currency.clone(),
            kind: revenue.kind,
            source: revenue.revenue_source_id,
        }
    }

    /// Parses the text of a group.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('#');
        let kind = RevenueType::from_text(parts.next()?).ok()?;
        let currency = Currency::stored(parts.next()?);
        let source = parse_uuid(parts.next()?)?;
        parts.next().is_none().then_some(Self {
            currency,
            kind,
            source,
        })
    }
}

/// Which revenues are wanted: those that match every field that is set.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Of this type.
    pub kind: Option<RevenueType>,
    /// In this currency.
    pub currency: Option<Currency>,
    /// From this source.
    pub source: Option<Uuid>,
    /// On this day or later.
    pub from: Option<Date>,
    /// On this day or earlier.
    pub to: Option<Date>,
}

impl Selection {
    /// Whether revenues of every group are wanted.
    pub fn has_every_group(&self) -> bool {
        self.kind.is_none() && self.currency.is_none() && self.source.is_none()
    }

    /// What revenues of the wanted groups have in their fields; nothing if those are all.
    pub fn field_texts(&self) -> Vec<FieldText> {
        let kind = self.kind.map(|kind| ("type", kind.name().to_owned()));
        let currency = self.currency.as_ref();
        let currency = currency.map(|currency| ("currency", currency.to_string()));
        let source = self
            .source
            .map(|source| ("revenue_source_id", source.to_string()));
        [kind, currency, source].into_iter().flatten().collect()
    }

    /// Whether revenues of this group are wanted.
    pub fn has(&self, group: &Group) -> bool {
        self.kind.is_none_or(|kind| kind == group.kind)
            && self
                .currency
                .as_ref()
                .is_none_or(|currency| *currency == group.currency)
            && self.source.is_none_or(|source| source == group.source)
    }

    /// Whether revenues of this day are wanted.
    pub fn has_day(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// The prefixes of the names of the wanted groups: few, and matching little else.
    pub fn prefixes(&self) -> Vec<String> {
        let kinds = RevenueType::VARIANTS
            .iter()
            .copied()
            .filter(|kind| self.kind.is_none_or(|wanted| wanted == *kind));
        let prefix = |kind: RevenueType| match (&self.currency, self.source) {
            (None, _) => kind.name().to_owned(),
            (Some(currency), None) => format!("{}#{currency}", kind.name()),
            (Some(currency), Some(source)) => format!("{}#{currency}#{source}", kind.name()),
        };
        kinds.map(prefix).collect()
    }
}
