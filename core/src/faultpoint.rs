//! Places where tests make the core panic, to see that no caller is told an untruth.
//!
//! Compiled in only with the feature `faultpoints`, which no package enables.

/// Panics if the environment's `ROOMCAST_PANIC_AT` names this place.
macro_rules! faultpoint {
    ($place:literal) => {
        #[cfg(feature = "faultpoints")]
        if std::env::var("ROOMCAST_PANIC_AT").is_ok_and(|place| place == $place) {
            panic!("fault point {}", $place);
        }
    };
}

pub(crate) use faultpoint;
