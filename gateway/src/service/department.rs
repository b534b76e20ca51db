//! Who answers for which department.

use protocol::frame::Error;
use protocol::http::DepartmentMembers;
use protocol::id::DepartmentId;
use protocol::value::FieldError;
use storage::StorageError;

use super::authorize::{Action, Principal, authorize};
use crate::error::{from_storage, not_found};
use crate::state::App;

/// The members of a department, in the order in which they became it.
///
/// # Errors
/// `forbidden`, `not_found`, `unavailable`.
pub async fn members(app: &App, principal: &Principal, department: DepartmentId) -> Result<DepartmentMembers, Error> {
    authorize(principal, Action::ManageDepartments)?;
    let members = app.storage.department_members(principal.organization(), department).await.map_err(from_storage)?;
    members.map(|members| DepartmentMembers { members }).ok_or_else(|| not_found("department"))
}

/// Makes these, and nobody else, the members of a department. Those who are connected learn it with their next `welcome`.
///
/// # Errors
/// `forbidden`, `not_found`, `bad_field`, `unavailable`.
pub async fn set_members(
    app: &App,
    principal: &Principal,
    department: DepartmentId,
    request: DepartmentMembers,
) -> Result<DepartmentMembers, Error> {
    authorize(principal, Action::ManageDepartments)?;
    request.check()?;
    let set = app.storage.set_department_members(principal.organization(), department, &request.members).await;
    match set {
        Ok(()) => members(app, principal, department).await,
        Err(StorageError::Conflict("department")) => Err(not_found("department")),
        Err(StorageError::Conflict("member")) => {
            Err(FieldError::new("members", "must be ids of this organization's members").into())
        }
        Err(other) => Err(from_storage(other)),
    }
}
