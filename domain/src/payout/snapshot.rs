//! What a computation is based on: the rules, products and payees of a workspace, as they stand.

use std::cmp::Reverse;
use std::collections::HashMap;

use uuid::Uuid;

use super::index::RuleIndex;
use crate::id::WorkspaceId;
use crate::payee::{Payee, PayeeStatus};
use crate::product::Product;
use crate::resource::Record;
use crate::revenue::Revenue;
use crate::rule::{Rule, RuleStatus, Sold};
use crate::value::{ExternalId, Percentage};

/// The rules, products and payees of a workspace as they stand now: *which* rule applies to a
/// revenue is a matter of their dates, and not of when a rule was changed.
pub struct Snapshot {
    workspace: WorkspaceId,
    /// In the order in which they win: by priority, then by age.
    rules: Vec<Record<Rule>>,
    index: RuleIndex,
    products: HashMap<ExternalId, Record<Product>>,
    payees: HashMap<Uuid, Record<Payee>>,
    fallback: Vec<(Uuid, Percentage)>,
    asks_for_products: bool,
}

/// The fallback percentages of the active payees add up to more than 100.
#[derive(Clone, Debug, PartialEq)]
pub struct FallbackAbove100 {
    /// The payees, in the order of their ids.
    pub payees: Vec<Uuid>,
}

/// Which rule applies to a revenue.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// The rule that wins.
    pub winner: Option<&'a Record<Rule>>,
    /// Whether another rule of the same priority matches.
    pub is_tie: bool,
    /// Whether the revenue names a product that does not exist, while some active rule asks for
    /// what a product has.
    pub is_product_unknown: bool,
}

impl Snapshot {
    /// The snapshot of a workspace.
    ///
    /// # Errors
    /// [`FallbackAbove100`]; it is checked even if every revenue has a rule.
    pub fn new(
        workspace: WorkspaceId,
        mut rules: Vec<Record<Rule>>,
        products: impl IntoIterator<Item = Record<Product>>,
        payees: impl IntoIterator<Item = Record<Payee>>,
    ) -> Result<Self, FallbackAbove100> {
        rules.sort_by_key(|rule| (Reverse(rule.body.priority), rule.id));
        let ranked = || (0..).zip(&rules).filter(|(_, rule)| is_active(rule));
        let index = RuleIndex::new(ranked().map(|(rank, rule)| (rank, &rule.body.matching)));
        let asks_for_products = ranked().any(|(_, rule)| rule.body.matching.asks_for_product());
        let by_external_id =
            |product: Record<Product>| Some((product.body.external_id.clone()?, product));
        let payees: HashMap<_, _> = payees.into_iter().map(|payee| (payee.id, payee)).collect();
        Ok(Self {
            workspace,
            index,
            asks_for_products,
            products: products.into_iter().filter_map(by_external_id).collect(),
            fallback: fallback(payees.values())?,
            payees,
            rules,
        })
    }

    /// The workspace.
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// All rules, in the order in which they win.
    pub fn rules(&self) -> &[Record<Rule>] {
        &self.rules
    }

    /// The rule with this id.
    pub fn rule(&self, id: Uuid) -> Option<&Record<Rule>> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The payee with this id.
    pub fn payee(&self, id: Uuid) -> Option<&Record<Payee>> {
        self.payees.get(&id)
    }

    /// The shares of a revenue that no rule matches: of each active payee that has a fallback
    /// percentage, in the order of their ids.
    pub fn fallback(&self) -> &[(Uuid, Percentage)] {
        &self.fallback
    }

    /// A revenue with its product.
    pub fn sold<'a>(&'a self, revenue: &'a Revenue) -> Sold<'a> {
        let identifier = revenue.external_product_identifier.as_ref();
        let product = identifier.and_then(|identifier| self.products.get(identifier));
        Sold { revenue, product }
    }

    /// Which rule applies to a revenue: of all that match, the one with the greatest priority, and
    /// of several the oldest.
    pub fn decide(&self, revenue: &Revenue) -> Decision<'_> {
        let (sold, day) = (self.sold(revenue), revenue.day());
        let mut winner: Option<&Record<Rule>> = None;
        let mut is_tie = false;
        for rank in self.index.candidates(sold) {
            let rule = &self.rules[rank as usize];
            if winner.is_some_and(|winner| rule.body.priority < winner.body.priority) {
                break;
            }
            if rule.body.is_effective(day) && rule.body.matching.matches(sold) {
                is_tie = winner.is_some();
                winner = winner.or(Some(rule));
                if is_tie {
                    break;
                }
            }
        }
        let names_product = revenue.external_product_identifier.is_some();
        Decision {
            winner,
            is_tie,
            is_product_unknown: self.asks_for_products && names_product && sold.product.is_none(),
        }
    }
}

fn is_active(rule: &Record<Rule>) -> bool {
    rule.body.status == RuleStatus::Active
}

fn fallback<'a>(
    payees: impl Iterator<Item = &'a Record<Payee>>,
) -> Result<Vec<(Uuid, Percentage)>, FallbackAbove100> {
    let share = |payee: &Record<Payee>| {
        let is_active = payee.body.status == PayeeStatus::Active;
        Some((
            payee.id,
            payee.body.fallback_percentage.filter(|_| is_active)?,
        ))
    };
    let mut shares: Vec<(Uuid, Percentage)> = payees.filter_map(share).collect();
    shares.sort();
    match Percentage::sum(shares.iter().map(|(_, percentage)| *percentage)) {
        Ok(_) => Ok(shares),
        Err(_) => Err(FallbackAbove100 {
            payees: shares.into_iter().map(|(payee, _)| payee).collect(),
        }),
    }
}
