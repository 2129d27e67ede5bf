//! The program as a user runs it: output, exit codes, and what the sandbox received.

mod common;
mod doctor;
mod listen;
mod many;
mod mcp;
mod misc;
mod resume;
mod send;
