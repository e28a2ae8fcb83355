//! The functions of the API: one list, from which the local product, the operator's tool and the
//! tests follow.
//!
//! # What a function cannot do
//!
//! A crate that depends on `shared` but not on `store`, as every function of the API, makes the
//! keys of items from an [`Access`](shared::auth::Access), which only the check of a key and its
//! permissions makes. These examples are tests: each one that compiles is followed by one that must
//! not.
//!
//! The proof of a permission for revenues makes the keys of revenues:
//!
//! ```
//! use domain::revenue::Revenue;
//! use shared::auth::{Access, Read};
//!
//! async fn read(access: &Access<Read<Revenue>>, table: &shared::table::Table, id: uuid::Uuid) {
//!     let _ = table.get_one::<Revenue>(&access.revenue(id)).await;
//! }
//! ```
//!
//! The proof of another permission does not:
//!
//! ```compile_fail
//! use domain::payee::Payee;
//! use domain::revenue::Revenue;
//! use shared::auth::{Access, Read};
//!
//! async fn read(access: &Access<Read<Payee>>, table: &shared::table::Table, id: uuid::Uuid) {
//!     let _ = table.get_one::<Revenue>(&access.revenue(id)).await;
//! }
//! ```
//!
//! The proof of a permission for rules shows the external ids of their payees, and makes no keys of
//! payees:
//!
//! ```
//! use domain::rule::Rule;
//! use shared::auth::{Access, Read};
//! use shared::table::Table;
//!
//! async fn names(table: &Table, access: &Access<Read<Rule>>, rule: &Rule) {
//!     let _ = shared::records::payee_external_ids(table, access, rule).await;
//! }
//! ```
//!
//! ```compile_fail
//! use domain::rule::Rule;
//! use shared::auth::{Access, Read};
//!
//! fn key(access: &Access<Read<Rule>>, id: uuid::Uuid) {
//!     access.payee(id);
//! }
//! ```
//!
//! The proof of the permission for payouts reads what they are computed from:
//!
//! ```
//! use domain::payout::Payout;
//! use domain::revenue::Revenue;
//! use shared::auth::{Access, Read};
//! use shared::table::Table;
//!
//! async fn read(access: &Access<Read<Payout>>, table: &Table, id: uuid::Uuid) {
//!     let _ = table.get_one::<Revenue>(&access.basis::<Revenue>().revenue(id)).await;
//! }
//! ```
//!
//! It gives proofs for reading only. The place of a new revenue in the list, without which none is
//! written, takes a permission to write:
//!
//! ```
//! use domain::revenue::Revenue;
//! use domain::value::Timestamp;
//! use shared::auth::{Access, Write};
//!
//! fn place(access: &Access<Write<Revenue>>, id: uuid::Uuid, now: Timestamp) {
//!     access.revenue_listed(now, id, now);
//! }
//! ```
//!
//! ```compile_fail
//! use domain::payout::Payout;
//! use domain::revenue::Revenue;
//! use domain::value::Timestamp;
//! use shared::auth::{Access, Read};
//!
//! fn place(access: &Access<Read<Payout>>, id: uuid::Uuid, now: Timestamp) {
//!     access.basis::<Revenue>().revenue_listed(now, id, now);
//! }
//! ```
//!
//! Nor is the permission to read revenues enough:
//!
//! ```compile_fail
//! use domain::revenue::Revenue;
//! use domain::value::Timestamp;
//! use shared::auth::{Access, Read};
//!
//! fn place(access: &Access<Read<Revenue>>, id: uuid::Uuid, now: Timestamp) {
//!     access.revenue_listed(now, id, now);
//! }
//! ```
//!
//! The key of a record is made from a proof, and not from the id of a workspace:
//!
//! ```
//! fn key<P: shared::auth::ForKind>(access: &shared::auth::Access<P>, id: uuid::Uuid) {
//!     access.record(id);
//! }
//! ```
//!
//! ```compile_fail
//! fn key(workspace: domain::id::WorkspaceId, id: uuid::Uuid) {
//!     store::key::revenue(workspace, id);
//! }
//! ```
//!
//! A query stays in its partition:
//!
//! ```
//! fn narrow(query: shared::table::Query) -> shared::table::Query {
//!     query.between("a".to_owned(), "b".to_owned())
//! }
//! ```
//!
//! ```compile_fail
//! fn move_away(query: shared::table::Query) -> shared::table::Query {
//!     shared::table::Query { range: todo!(), ..query }
//! }
//! ```
//!
//! Nobody else can make a proof:
//!
//! ```compile_fail
//! use shared::auth::{Access, AnyKey};
//!
//! fn forge() -> Access<AnyKey> {
//!     Access { workspace: todo!(), key_id: String::new(), permissions: std::marker::PhantomData }
//! }
//! ```

mod openapi;

use shared::http::{Entry, Operation};

pub use openapi::openapi;

/// A function that answers requests.
pub struct Function {
    /// The name of its program, and of its folder below `functions/`.
    pub name: &'static str,
    /// What it does.
    pub operations: Vec<Operation>,
}

/// All functions that answer requests.
pub fn functions() -> Vec<Function> {
    let function = |(name, operations)| Function { name, operations };
    tables().into_iter().map(function).collect()
}

/// The tables of operations of all functions, with the names of the functions.
fn tables<E: Entry>() -> Vec<(&'static str, Vec<E>)> {
    vec![
        ("ping", ping::operations()),
        ("payees", payees::operations()),
        ("payouts", payouts::operations()),
        ("products", products::operations()),
        ("revenues", revenues::operations()),
        ("rules", rules::operations()),
    ]
}

/// All operations of all functions.
pub fn operations() -> Vec<Operation> {
    let functions = functions().into_iter();
    functions.flat_map(|function| function.operations).collect()
}

/// Every permission that an operation asks for, once, in the order of the functions.
pub fn permissions() -> Vec<String> {
    let mut permissions = Vec::new();
    for operation in operations() {
        for permission in operation.permissions {
            let name = permission.to_string();
            if !permissions.contains(&name) {
                permissions.push(name);
            }
        }
    }
    permissions
}
