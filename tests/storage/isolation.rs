//! Tenants that cannot leak, as the functions of storage show it.

pub(super) mod filled;
