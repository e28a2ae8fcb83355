//! What a computation reads: the rules, products and payees of a workspace, and its revenues.

use domain::counting::Selection;
use domain::payee::Payee;
use domain::payout::{Payout, Snapshot, in_order};
use domain::product::Product;
use domain::resource::Record;
use domain::revenue::Revenue;
use domain::rule::{Rule, RuleStatus};
use domain::value::Date;
use futures::future::try_join3;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::Call;
use shared::lists::Walk;
use shared::records::read_all;
use shared::totals::{count, ranges};

/// A call of an operation on payouts.
pub type PayoutCall = Call<Read<Payout>>;

/// The rules, products and payees of a workspace.
pub struct Books {
    pub rules: Vec<Record<Rule>>,
    pub products: Vec<Record<Product>>,
    pub payees: Vec<Record<Payee>>,
}

impl Books {
    /// Reads all of them, at once.
    ///
    /// # Errors
    /// [`Failure::LimitExceeded`] if there are too many, and any failure to read the table.
    pub async fn read(call: &PayoutCall) -> Result<Self, Failure> {
        let (table, access, limits) = (call.table(), call.access(), call.limits());
        let (rules, products, payees) = try_join3(
            read_all::<Rule>(table, &access.basis(), limits.computed_rules_max),
            read_all::<Product>(table, &access.basis(), limits.computed_products_max),
            read_all::<Payee>(table, &access.basis(), limits.computed_payees_max),
        )
        .await?;
        let is_active = |rule: &&Record<Rule>| rule.body.status == RuleStatus::Active;
        let active = rules.iter().filter(is_active).count();
        let active_max = limits.active_rules_max;
        if active > active_max {
            return Err(Failure::LimitExceeded(format!(
                "There are {active} active rules, and a computation takes at most {active_max}. Deactivate rules that are \
                 no longer used."
            )));
        }
        Ok(Self {
            rules,
            products,
            payees,
        })
    }

    /// The snapshot to compute with.
    ///
    /// # Errors
    /// [`Failure::FallbackAbove100`].
    pub fn into_snapshot(self, call: &PayoutCall) -> Result<Snapshot, Failure> {
        let workspace = call.workspace().config.id;
        Snapshot::new(workspace, self.rules, self.products, self.payees)
            .map_err(|above| Failure::FallbackAbove100(above.payees))
    }
}

/// Why revenues cannot be computed: there are too many.
pub struct TooManyRevenues {
    /// How many there are at least.
    pub count: u64,
    /// How many there may be.
    pub max: u64,
}

/// The revenues from the first day to the last one, in the order of a computation.
///
/// # Errors
/// Any failure to read the table. The other error says that there are too many; counters tell so
/// before any revenue is read.
pub async fn revenues(
    call: &PayoutCall,
    from: Option<Date>,
    to: Option<Date>,
) -> Result<Result<Vec<Revenue>, TooManyRevenues>, Failure> {
    let access = call.access().basis::<Revenue>();
    let max = call.limits().computed_revenues_max;
    let selection = Selection {
        from,
        to,
        ..Selection::default()
    };
    if let Some(counters) = access.counters() {
        let count = count(call.table(), &counters, &selection).await?;
        if count > max {
            return Ok(Err(TooManyRevenues { count, max }));
        }
    }
    let ranges = ranges(&access, &selection);
    let mut walk = Walk::new(call.table(), &ranges);
    let mut revenues = Vec::new();
    while let Some((_, revenue)) = walk.next::<Revenue>().await? {
        if revenues.len() as u64 == max {
            let count = max + 1;
            return Ok(Err(TooManyRevenues { count, max }));
        }
        revenues.push(revenue);
    }
    Ok(Ok(in_order(call.workspace().config.id, revenues)))
}
