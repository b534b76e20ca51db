//! A plan turned into columns: one array for each, which `unnest` turns back into rows.

use std::time::SystemTime;

use protocol::value::{Content, Seq};
use tokio_postgres::types::{Json, ToSql};
use uuid::Uuid;

use super::NewEntry;
use super::batch::{Log, Plan, State};
use crate::label::Label;
use crate::time::timestamp;

/// The columns of the entries to insert.
pub(super) struct Entries<'a> {
    organizations: Vec<Uuid>,
    conversations: Vec<Uuid>,
    seqs: Vec<i64>,
    ids: Vec<Uuid>,
    sender_kinds: Vec<&'static str>,
    senders: Vec<Uuid>,
    client_ids: Vec<&'a str>,
    ats: Vec<SystemTime>,
    contents: Vec<Json<&'a Content>>,
}

impl<'a> Entries<'a> {
    pub(super) fn of(plan: &Plan<'a>) -> Self {
        // As the keys have them: neighbours in a statement are neighbours in the indexes.
        let mut fresh: Vec<&(Seq, &NewEntry)> = plan.fresh.iter().collect();
        fresh.sort_unstable_by_key(|(seq, entry)| (entry.organization, entry.conversation, *seq));
        Self {
            organizations: fresh.iter().map(|(_, entry)| entry.organization.0).collect(),
            conversations: fresh.iter().map(|(_, entry)| entry.conversation.0).collect(),
            seqs: fresh.iter().map(|(seq, _)| number(*seq)).collect(),
            ids: fresh.iter().map(|(_, entry)| entry.id.0).collect(),
            sender_kinds: fresh.iter().map(|(_, entry)| entry.sender.kind.label()).collect(),
            senders: fresh.iter().map(|(_, entry)| entry.sender.id.0).collect(),
            client_ids: fresh.iter().map(|(_, entry)| entry.client_id.as_str()).collect(),
            ats: fresh.iter().map(|(_, entry)| timestamp(entry.at)).collect(),
            contents: fresh.iter().map(|(_, entry)| Json(&entry.content)).collect(),
        }
    }

    pub(super) fn params(&self) -> [&(dyn ToSql + Sync); 9] {
        [
            &self.organizations,
            &self.conversations,
            &self.seqs,
            &self.ids,
            &self.sender_kinds,
            &self.senders,
            &self.client_ids,
            &self.ats,
            &self.contents,
        ]
    }
}

/// The columns of the summaries to write.
pub(super) struct Summaries<'a> {
    organizations: Vec<Uuid>,
    conversations: Vec<Uuid>,
    statuses: Vec<&'static str>,
    heads: Vec<i64>,
    preview_froms: Vec<Option<&'static str>>,
    preview_texts: Vec<Option<&'a str>>,
    visitor_reads: Vec<i64>,
    agent_reads: Vec<i64>,
    updated_ats: Vec<SystemTime>,
    assignees: Vec<Option<Uuid>>,
    priorities: Vec<&'static str>,
    ratings: Vec<Option<i16>>,
    rating_comments: Vec<Option<&'a str>>,
    rated_ats: Vec<Option<SystemTime>>,
    furthest: Vec<Option<Uuid>>,
}

impl<'a> Summaries<'a> {
    pub(super) fn of(plan: &'a Plan<'_>) -> Self {
        let mut changed: Vec<(&Log, &State<'_>)> = plan.logs.iter().filter(|(_, state)| state.changed).collect();
        changed.sort_unstable_by_key(|(log, _)| **log);
        let summaries = || changed.iter().map(|(_, state)| &state.summary);
        let rated = || changed.iter().map(|(_, state)| state.rated);
        Self {
            organizations: changed.iter().map(|((organization, _), _)| organization.0).collect(),
            conversations: changed.iter().map(|((_, conversation), _)| conversation.0).collect(),
            statuses: summaries().map(|summary| summary.status.label()).collect(),
            heads: summaries().map(|summary| number(summary.head)).collect(),
            preview_froms: summaries().map(|summary| summary.preview.as_ref().map(|p| p.from.label())).collect(),
            preview_texts: summaries().map(|summary| summary.preview.as_ref().map(|p| p.text.as_str())).collect(),
            visitor_reads: summaries().map(|summary| number(summary.visitor_read)).collect(),
            agent_reads: summaries().map(|summary| number(summary.agent_read)).collect(),
            updated_ats: summaries().map(|summary| timestamp(summary.updated_at)).collect(),
            assignees: summaries().map(|summary| summary.assignee.map(|member| member.0)).collect(),
            priorities: summaries().map(|summary| summary.priority.label()).collect(),
            ratings: rated().map(|rated| rated.map(|(rating, _)| i16::from(rating.score))).collect(),
            rating_comments: rated().map(|rated| rated.and_then(|(rating, _)| rating.comment.as_deref())).collect(),
            rated_ats: rated().map(|rated| rated.map(|(_, at)| timestamp(at))).collect(),
            furthest: changed.iter().map(|(_, state)| state.furthest.map(|agent| agent.0)).collect(),
        }
    }

    pub(super) fn params(&self) -> [&(dyn ToSql + Sync); 15] {
        [
            &self.organizations,
            &self.conversations,
            &self.statuses,
            &self.heads,
            &self.preview_froms,
            &self.preview_texts,
            &self.visitor_reads,
            &self.agent_reads,
            &self.updated_ats,
            &self.assignees,
            &self.priorities,
            &self.ratings,
            &self.rating_comments,
            &self.rated_ats,
            &self.furthest,
        ]
    }
}

/// The columns of how far agents have read who were overtaken.
pub(super) struct Reads {
    organizations: Vec<Uuid>,
    conversations: Vec<Uuid>,
    participants: Vec<Uuid>,
    seqs: Vec<i64>,
}

impl Reads {
    /// None if there are none, as in most batches.
    pub(super) fn of(plan: &Plan<'_>) -> Option<Self> {
        let mut read: Vec<_> = plan.overtaken.iter().collect();
        read.sort_unstable_by_key(|(reader, _)| **reader);
        let keys = || read.iter().map(|(reader, _)| reader);
        (!read.is_empty()).then(|| Self {
            organizations: keys().map(|((organization, _), _)| organization.0).collect(),
            conversations: keys().map(|((_, conversation), _)| conversation.0).collect(),
            participants: keys().map(|(_, participant)| participant.0).collect(),
            seqs: read.iter().map(|(_, seq)| number(**seq)).collect(),
        })
    }

    pub(super) fn params(&self) -> [&(dyn ToSql + Sync); 4] {
        [&self.organizations, &self.conversations, &self.participants, &self.seqs]
    }
}

fn number(seq: Seq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
