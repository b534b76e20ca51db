//! What a run came to: one [`Document`] for every scenario, and its forms: a table for the terminal, JSON, latencies by
//! percentile, a page with plots, plots alone, and two runs beside each other. `README.md` names the JSON's fields.

pub(crate) mod compare;
pub(crate) mod document;
pub(crate) mod goal;
pub(crate) mod hgrm;
pub(crate) mod html;
pub(crate) mod live;
pub(crate) mod phase;
mod plot;
mod table;
#[cfg(test)]
mod tests;
mod versus;

pub(crate) use document::Document;
pub(crate) use phase::{Phase, Role};

/// A document's plots, each with its name and as a file of its own.
pub(crate) fn plots(document: &Document) -> impl Iterator<Item = (String, String)> {
    let pictures = plot::pictures(document).into_iter();
    pictures.map(|picture| (picture.name.clone(), picture.alone()))
}
