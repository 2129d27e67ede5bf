//! Authentication: credentials, and the management tokens that they give.

mod credentials;
mod token;

pub(crate) use credentials::{Credentials, GivenCredentials};
pub(crate) use token::{Token, Tokens};
