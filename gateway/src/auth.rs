//! Who somebody is: tokens, passwords, origins and addresses. What they may do is `service::authorize`'s to say.

pub mod identity;
pub mod origin;
pub mod password;
pub mod peer;
pub mod token;
