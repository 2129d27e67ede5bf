//! What stands for an argument that is not given.

use pyo3::prelude::*;

/// The type of NOT_GIVEN, which stands for an argument that is omitted.
///
/// NOT_GIVEN is the default of every parameter that may be omitted: pass it on from a function that wraps one of
/// roomcast's. None, in contrast, counts as given.
#[pyclass(frozen, module = "roomcast")]
pub(crate) struct NotGiven;

#[pymethods]
impl NotGiven {
    fn __repr__(&self) -> &'static str {
        "NOT_GIVEN"
    }

    fn __bool__(&self) -> bool {
        false
    }

    /// Pickled and copied by its name, so that there is one only.
    fn __reduce__(&self) -> &'static str {
        "NOT_GIVEN"
    }
}

/// Whether a value stands for an argument that is not given.
pub(crate) fn is_not_given(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<NotGiven>()
}
