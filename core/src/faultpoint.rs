//! Points at which tests make the core panic, to check that the error still reports the right outcome.
//!
//! Compiled only with the feature `faultpoints`, which no package enables.

/// Panics if the environment variable `ROOMCAST_PANIC_AT` names this point.
macro_rules! faultpoint {
    ($place:literal) => {
        #[cfg(feature = "faultpoints")]
        if std::env::var("ROOMCAST_PANIC_AT").is_ok_and(|place| place == $place) {
            panic!("fault point {}", $place);
        }
    };
}

pub(crate) use faultpoint;
