//! The document that every scenario returns: what was asked for, what was measured, which goals were reached, what failed.
//! Everything that is shown or written (table, JSON, HTML) is made from it, and `compare` and `plot` read it back.
//!
//! ```ignore
//! let mut document = Document::new("relay", "1,000 pairs, typing", &self)?;
//! document.push(
//!     Phase::new("measure", measured)
//!         .offered(rate)
//!         .rate("routed", arrived)
//!         .latency("routed", &latency)
//!         .count("sent", sent)
//!         .check("routed", &faults)
//!         .process(Role::Gateway, "chatdesk", before, after, Some(arrived)),
//! );
//! document.goal(&goal::CHAT_RATE, rate);
//! ```

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::goal::{Goal, Wanted};
use super::phase::{Phase, rounded};
use crate::machine::{Machine, Versions};

/// Names the document's form; the number grows when a field changes its meaning or goes.
pub(crate) const SCHEMA: &str = "chatdesk-bench/2";

/// What a run came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Document {
    /// [`SCHEMA`].
    pub(crate) schema: String,
    /// The scenario's name, as on the command line.
    pub(crate) scenario: String,
    /// The run in one line.
    pub(crate) title: String,
    /// When the run ended, in milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// Whether nothing failed.
    pub(crate) holds: bool,
    /// What failed, each in a sentence.
    pub(crate) failures: Vec<String>,
    /// What a reader has to know of the figures, each in a sentence: which cores, what was left out and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// What was to be reached.
    pub(crate) goals: Vec<Goal>,
    /// The scenario's options.
    pub(crate) settings: Value,
    /// What was written, if messages were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// Where it ran.
    pub(crate) machine: Machine,
    /// What ran.
    pub(crate) versions: Versions,
    /// What was measured, in the order of the run.
    pub(crate) phases: Vec<Phase>,
}

impl Document {
    /// Of a run that has just begun, with the scenario's options.
    ///
    /// # Errors
    /// The options are none that JSON can hold.
    pub(crate) fn new(scenario: &str, title: impl Into<String>, settings: &impl Serialize) -> Result<Self, String> {
        Ok(Self {
            schema: SCHEMA.into(),
            scenario: scenario.into(),
            title: title.into(),
            at_ms: 0,
            holds: true,
            failures: Vec::new(),
            notes: Vec::new(),
            goals: Vec::new(),
            settings: serde_json::to_value(settings).map_err(|error| format!("settings: {error}"))?,
            text: None,
            machine: Machine::here(),
            versions: Versions::here(),
            phases: Vec::new(),
        })
    }

    /// Something may not be: the run has failed.
    pub(crate) fn fail(&mut self, why: impl Into<String>) {
        self.failures.push(why.into());
        self.holds = false;
    }

    /// Adds a phase. Each of its checks that is not 0 fails the run, in a sentence of its own: nobody else needs to.
    pub(crate) fn push(&mut self, phase: Phase) {
        for (group, counts) in &phase.checks {
            for (what, count) in counts.iter().filter(|(_, count)| **count > 0) {
                let (group, what) = (group.replace('_', " "), what.replace('_', " "));
                self.fail(format!("{}, {group}: {count} {what}", phase.title()));
            }
        }
        self.phases.push(phase);
    }

    /// Holds `value` against a goal. One that is missed is told, and fails nothing: `--goals-must-hold` does.
    pub(crate) fn goal(&mut self, wanted: &Wanted, value: f64) {
        self.goal_under(wanted, Some(value), None);
    }

    /// Likewise, of what may not have been measured, or was not as the goal says: `differs` tells how.
    pub(crate) fn goal_under(&mut self, wanted: &Wanted, value: Option<f64>, differs: Option<String>) {
        self.goals.push(wanted.held_against(value.map(rounded), differs));
    }

    /// The phases that a person wants to see: not those that another sums up.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Phase> {
        self.phases.iter().filter(|phase| phase.round.is_none())
    }

    /// The run has ended: notes when.
    pub(crate) fn end(&mut self) {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.at_ms = u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX);
    }
}
