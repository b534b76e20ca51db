//! What a member who says hello is told of the organization's members and of themselves: one statement.

use protocol::id::{DepartmentId, MemberId, OrganizationId};
use protocol::value::{AgentAvailability, AgentCard};
use uuid::Uuid;

use crate::error::StorageError;
use crate::label::Label;
use crate::pool::Storage;

/// An organization's members, as one of them sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// By name, each with what they chose. Whoever asked is among them, last if there are too many before.
    pub members: Vec<(AgentCard, AgentAvailability)>,
    /// Where whoever asked stands in it.
    pub own: usize,
    /// The departments that whoever asked answers for, in the order in which they are listed.
    pub departments: Vec<DepartmentId>,
}

const TEAM: &str = "select m.id, m.name, m.availability, case when m.id = $2 then array(
            select d.id from department_members a
            join departments d on d.organization_id = a.organization_id and d.id = a.department_id
            where a.organization_id = $1 and a.member_id = $2 order by d.place, d.id
        ) end
    from (
        select id, name, availability, row_number() over (order by lower(name), name, id) as place
        from members where organization_id = $1
    ) m
    where m.place <= $3 or m.id = $2
    order by m.place";

impl Storage {
    /// The organization's members, at most `limit` and whoever asks, as `member` sees them. `None` when that is not one.
    ///
    /// # Errors
    /// As every query.
    pub async fn team(
        &self,
        organization: OrganizationId,
        member: MemberId,
        limit: u32,
    ) -> Result<Option<Team>, StorageError> {
        let rows = self.query(organization, TEAM, &[&organization.0, &member.0, &i64::from(limit)]).await?;
        let (mut members, mut own, mut departments) = (Vec::with_capacity(rows.len()), None, Vec::new());
        for row in &rows {
            let card = AgentCard { id: MemberId(row.try_get(0)?), name: row.try_get(1)? };
            if let Some(answers_for) = row.try_get::<_, Option<Vec<Uuid>>>(3)? {
                own = Some(members.len());
                departments = answers_for.into_iter().map(DepartmentId).collect();
            }
            members.push((card, AgentAvailability::read(row.try_get(2)?)?));
        }
        Ok(own.map(|own| Team { members, own, departments }))
    }
}
