//! What can be done, one file per noun. Frames and HTTP both end here, and so pass the same checks.

pub mod account;
pub mod authorize;
pub mod availability;
pub mod contact;
pub mod conversation;
pub mod entry;
pub mod identify;
pub mod inbox;
mod page;
pub mod rating;
pub mod search;
pub mod upload;
pub mod visit;
pub mod visitor;
pub mod widget;
