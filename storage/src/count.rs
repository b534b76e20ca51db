//! Counts of conversations: kept by the database as conversations change, and only added up here.

use std::collections::BTreeMap;

use protocol::id::{DepartmentId, MemberId, OrganizationId};
use protocol::value::{ConversationStatus, DepartmentCount, InboxCounts};
use uuid::Uuid;

use crate::error::StorageError;
use crate::label::Label;
use crate::pool::Storage;

/// Nobody and no department are zero there, for a key holds no null.
const COUNTS: &str = "select status, department_id, sum(count)::bigint,
        coalesce(sum(count) filter (where assignee_id = $2), 0)::bigint,
        coalesce(sum(count) filter (where assignee_id = '00000000-0000-0000-0000-000000000000'), 0)::bigint
    from conversation_counts where organization_id = $1 group by status, department_id";

impl Storage {
    /// How many conversations an organization has, as they were a moment ago, with those of one of its members.
    ///
    /// # Errors
    /// As every query.
    pub async fn inbox_counts(
        &self,
        organization: OrganizationId,
        member: MemberId,
    ) -> Result<InboxCounts, StorageError> {
        let rows = self.query(organization, COUNTS, &[&organization.0, &member.0]).await?;
        let (mut counts, mut departments) = (InboxCounts::default(), BTreeMap::new());
        for row in &rows {
            let (status, department) = (ConversationStatus::read(row.try_get(0)?)?, row.try_get::<_, Uuid>(1)?);
            // A count that went wrong is no reason to show no inbox.
            let number = |column| row.try_get(column).map(|count: i64| u64::try_from(count).unwrap_or(0));
            let total = number(2)?;
            match status {
                ConversationStatus::Open => {
                    counts.open += total;
                    counts.mine += number(3)?;
                    counts.unassigned += number(4)?;
                    if !department.is_nil() && total > 0 {
                        departments.insert(DepartmentId(department), total);
                    }
                }
                ConversationStatus::Pending => counts.pending += total,
                ConversationStatus::Snoozed => counts.snoozed += total,
                ConversationStatus::Resolved => counts.resolved += total,
            }
        }
        counts.departments =
            departments.into_iter().map(|(department, open)| DepartmentCount { department, open }).collect();
        Ok(counts)
    }
}
