//! The function `payees`: operations on payees.

use domain::payee::Payee;
use shared::http::{Entry, record_operations};

/// The operations on payees.
pub fn operations<E: Entry>() -> Vec<E> {
    record_operations::<Payee, E>()
}
