//! The organization itself: deleting it.

use protocol::frame::Error;
use protocol::value::FieldError;
use serde::{Deserialize, Serialize};
use storage::Gone;

use super::authorize::{Action, Principal, authorize};
use super::gone;
use crate::error::{forbidden, from_storage, not_found};
use crate::state::App;

/// The body of `DELETE /api/organization`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteOrganization {
    /// The organization's name: that this is the one which is meant.
    pub name: String,
}

/// Deletes the asker's organization: nobody gets in from now on, everybody's socket is closed, and what it has goes in the
/// background.
///
/// # Errors
/// `forbidden`, `bad_field` for another name than the organization's, `unavailable`.
pub async fn delete(app: &App, principal: &Principal, request: &DeleteOrganization) -> Result<(), Error> {
    authorize(principal, Action::DeleteOrganization)?;
    let Principal::Agent { organization, .. } = principal else {
        return Err(forbidden("this is for members of the organization"));
    };
    if request.name.trim() != organization.name.trim() {
        return Err(
            FieldError::new("name", "must be the organization's name, to confirm that it is to be deleted").into()
        );
    }
    if !app.storage.delete_organization(organization.id).await.map_err(from_storage)? {
        return Err(not_found("organization"));
    }
    // Also while nothing is heard from Postgres.
    gone::tell(app, &Gone::Organization(organization.id));
    app.maintenance.wake();
    Ok(())
}
