//! The entry for language bindings. They pass what their callers gave, as it was given, and contain no rules: what is
//! missing, null, of a wrong type or unknown is decided here, once for all languages.

mod arguments;
mod call;
mod fake;
mod given;
mod message;
mod options_by_name;
mod record;
mod signature;

pub use call::Call;
pub use record::Field;
