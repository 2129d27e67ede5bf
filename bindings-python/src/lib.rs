//! The binding for its language; see README.md.
