//! What can be done, one file per noun. Frames and HTTP both end here, and so pass the same checks.

pub mod account;
pub mod authorize;
pub mod availability;
pub mod contact;
pub mod contact_export;
pub mod conversation;
pub mod department;
pub mod entry;
pub mod erasure;
pub mod gone;
pub mod identify;
pub mod inbox;
pub mod organization;
mod page;
pub mod rating;
pub mod retention;
pub mod search;
pub mod search_settings;
pub mod transcript;
pub mod upload;
pub mod visit;
pub mod visitor;
pub mod widget;
