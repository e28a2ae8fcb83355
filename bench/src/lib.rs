//! What the benchmarks of whole programs have in common.

pub mod lambda;
pub mod process;
pub mod tls;
