//! The roles that the stand-in plays, and how it learns of them.

/// The environment variable with the role.
pub const ROLE: &str = "STAND_IN_ROLE";
/// The environment variable with an address to connect to; the connection lasts as long as the
/// process.
pub const WITNESS: &str = "STAND_IN_WITNESS";
/// Does what each event asks for.
pub const OBEDIENT: &str = "obedient";
/// Takes an event and never answers.
pub const SILENT: &str = "silent";
/// Ends before it asks for an event.
pub const STILLBORN: &str = "stillborn";
/// Is a function with one operation, which panics.
pub const PANICKING: &str = "panicking";
/// Reports that it cannot start.
pub const UNABLE: &str = "unable";
