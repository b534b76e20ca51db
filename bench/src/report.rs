//! What a run came to: one [`Document`] for every scenario, and its forms: a table for the terminal, JSON, latencies by
//! percentile, a page with plots, plots alone, and two runs beside each other. `README.md` names the JSON's fields.

pub(crate) mod document;
pub(crate) mod goal;
pub(crate) mod hgrm;
pub(crate) mod live;
pub(crate) mod phase;
mod table;
mod versus;

pub(crate) use document::Document;
pub(crate) use phase::{Phase, Role};
