//! Refuses to build for an interpreter on which the module cannot work.

use pyo3_build_config::PythonImplementation;

fn main() {
    let implementation = pyo3_build_config::get().implementation();
    if implementation != PythonImplementation::CPython {
        println!(
            "cargo::error=roomcast supports only CPython 3.9 or later: a wheel for {implementation} could be built, but not \
             imported. Use CPython."
        );
    }
}
