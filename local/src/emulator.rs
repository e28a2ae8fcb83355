//! Emulators of the AWS services around a Lambda function.
//!
//! They are independent of the functions that they run: routes, programs, patterns and consumers
//! are parameters, and each emulator has errors of its own.

pub mod http_api;
pub mod runtime;
pub mod stream;

pub mod port;
