//! What a record comes to at the end of a run.

use std::collections::BTreeMap;

use super::{Faults, Kind, Quantiles, Record};

/// What a run came to.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// From the intended time to the agent.
    pub(crate) routed: Quantiles,
    /// From the intended time to the sender's acknowledgement; texts only.
    pub(crate) stored: Option<Quantiles>,
    /// From the intended time until the generator sent it.
    pub(crate) late: Quantiles,
    /// Sent, in all phases.
    pub(crate) sent: u64,
    /// Arrived at the agent, in all phases.
    pub(crate) arrived: u64,
    /// Acknowledged to the sender, in all phases.
    pub(crate) acknowledged: u64,
    /// Typing frames that were replaced by a newer one before they were passed on.
    pub(crate) merged: u64,
    /// Arrived between the begin and the end of measuring, whenever they were due.
    pub(crate) routed_while_measuring: u64,
    /// Acknowledged between the begin and the end of measuring.
    pub(crate) stored_while_measuring: u64,
    /// What went wrong on the way to the agent.
    pub(crate) routed_faults: Faults,
    /// What went wrong with the storing, as the sender was told.
    pub(crate) stored_faults: Faults,
    /// What went wrong with the storing, as the agent was told.
    pub(crate) stored_at_agent_faults: Faults,
    /// Requests that were answered with an error, by its code.
    pub(crate) refused: BTreeMap<&'static str, u64>,
}

impl Record {
    /// What it came to, if nothing more arrives.
    pub(crate) fn tally(&self) -> Tally {
        let mut routed_faults = Faults { strays: self.strays, ..Faults::default() };
        let (mut stored_faults, mut stored_at_agent_faults) = (Faults::default(), Faults::default());
        let (mut arrived, mut acknowledged, mut merged) = (0, 0, 0);
        for progress in &self.visitors {
            match self.kind {
                Kind::Typing => {
                    let (faults, replaced) = progress.typing.faults(progress.sent);
                    routed_faults += faults;
                    arrived += progress.typing.arrived();
                    merged += replaced;
                }
                Kind::Text => {
                    routed_faults += progress.routed.faults(progress.sent);
                    stored_faults += progress.stored.faults(progress.sent);
                    stored_faults.seq_faults += progress.log.faults();
                    stored_at_agent_faults += progress.stored_at_agent.faults(progress.sent);
                    stored_at_agent_faults.seq_faults += progress.log_at_agent.faults();
                    arrived += progress.routed.arrived();
                    acknowledged += progress.stored.arrived();
                }
            }
        }
        Tally {
            routed: self.routed.quantiles(),
            stored: (self.kind == Kind::Text).then(|| self.stored.quantiles()),
            late: self.late.quantiles(),
            sent: self.sent,
            arrived,
            acknowledged,
            merged,
            routed_while_measuring: self.routed_while_measuring,
            stored_while_measuring: self.stored_while_measuring,
            routed_faults,
            stored_faults,
            stored_at_agent_faults,
            refused: self.refused.clone(),
        }
    }
}
