//! The function `payees`: operations on payees.

use domain::payee::Payee;
use shared::http::{Operation, record_operations};

/// The operations on payees.
pub fn operations() -> Vec<Operation> {
    record_operations::<Payee>()
}
