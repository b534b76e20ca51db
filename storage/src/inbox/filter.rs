//! Which conversations of the inbox are asked for. Each combination of filters has a statement of its own, so that each
//! runs along the index that fits it, in the list's order, and stops when the page is full.

use std::fmt::Write;

use protocol::id::{DepartmentId, MemberId};
use protocol::value::{ConversationStatus, Priority};
use tokio_postgres::types::ToSql;

use crate::conversation::{summary_columns, visitor_of_conversation};
use crate::label::Label;

/// What is asked for; what is left out is not asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct InboxFilter {
    /// Those with this status.
    pub status: Option<ConversationStatus>,
    /// Those that are this member's; `Some(None)`: nobody's.
    pub assigned: Option<Option<MemberId>>,
    /// Those of this department.
    pub department: Option<DepartmentId>,
    /// Those of this urgency.
    pub priority: Option<Priority>,
}

/// The number of the first parameter that a filter adds.
const OWN_PARAMETERS: usize = 6;

impl InboxFilter {
    /// The statement for a page, and its parameters from the sixth on.
    ///
    /// Of each status asked for (`$2`) one run along an index, merged: so no index is needed without the status. As one
    /// comparison of a pair, later pages start in the middle of the index. That holds the minutes (`listed_at`), none of which
    /// is later than what was updated in it; within each the rows are sorted.
    pub(super) fn statement(&self) -> (String, Vec<&(dyn ToSql + Sync)>) {
        let (mut conditions, mut params) = (String::new(), Vec::<&(dyn ToSql + Sync)>::new());
        let mut equal = |column, value| {
            // Writing to a string does not fail.
            let _ = write!(conditions, " and {column} = ${}", OWN_PARAMETERS + params.len());
            params.push(value);
        };
        if let Some(Some(member)) = &self.assigned {
            equal("assignee_id", &member.0);
        }
        if let Some(department) = &self.department {
            equal("department_id", &department.0);
        }
        if self.assigned == Some(None) {
            conditions.push_str(" and assignee_id is null");
        }
        if let Some(priority) = self.priority {
            // In the statement's text, because an index leaves out the conversations without one.
            let _ = write!(conditions, " and priority = '{}'", priority.label());
        }
        let sql = format!(
            "select {} from unnest($2::text[]) as wanted(status)
             cross join lateral (
                 select * from conversations
                 where organization_id = $1 and status = wanted.status{conditions}
                     and listed_at <= $3 and (updated_at, id) < ($3, $4)
                 order by listed_at desc, updated_at desc, id desc limit $5
             ) c {} order by c.updated_at desc, c.id desc limit $5",
            summary_columns!(),
            visitor_of_conversation!(),
        );
        (sql, params)
    }
}
