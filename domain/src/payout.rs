//! Payouts: who is owed what, and why.
//!
//! docs/payouts.md has the rules, with an example of each; docs/payout.py is a second program that
//! computes the same from exports. Everything here is exact: shares are whole [`Units`], and only
//! what is due is rounded.
//!
//! A computation takes a [`Snapshot`] of the rules, products and payees, sorts revenues by
//! [`in_order`], and lets [`compute`] move a [`State`] on from one revenue to the next. A
//! [`Report`] adds up the results of a period, and becomes a [`Statement`]; an [`Explanation`]
//! says everything about one revenue.

mod explanation;
mod report;

mod explained;
mod sentence;

mod others;

mod compute;
mod statement;

mod balance;
mod state;

mod bands;
mod order;
mod snapshot;
mod split;

mod index;
mod window;

mod units;

use crate::permission::{HasKind, Kind};

pub use balance::{Balance, Due, Outcome, balance};
pub use bands::BandPart;
pub use compute::{Computed, Exceptions, Reversal, apply, compute};
pub use explanation::Explanation;
pub use order::{in_order, original_id};
pub use report::Report;
pub use snapshot::{Decision, FallbackAbove100, Snapshot};
pub use split::{Accumulated, Line, Reason, Split};
pub use state::{Original, State};
pub use statement::{Difference, PayeeRow, Period, Statement, compare};
pub use units::{Units, apportion};
pub use window::Window;

/// What is owed to payees. It is computed, and has no records.
pub struct Payout;

impl HasKind for Payout {
    const KIND: Kind = Kind {
        one: "payout",
        many: "payouts",
    };
}
