//! Files and those on their way.

use storage::NewAttachment;

use super::{NONE_OF_THEM, NOTHING, OWN, UNCHANGED};

/// In a thousand years: later than anything was touched.
const LATER: u64 = 33_000_000_000_000;

probes! { |us, them|
    open_attachment(us.id(), &NewAttachment {
        conversation: them.conversation,
        uploader: &us.visitor(),
        client_id: "probe",
        name: "probe.png",
        size: 1,
        media_type: "image/png",
        sha256: [1; 32],
        key: "probe",
    }) => "Err(Conflict(\"conversation\"))";
    // Under their uploader's key, and as their file: a file of ours.
    open_attachment(us.id(), &NewAttachment {
        conversation: us.conversation,
        uploader: &us.visitor(),
        client_id: "probe",
        name: "probe.png",
        size: 1,
        media_type: "image/png",
        sha256: [1; 32],
        key: "probe",
    }) => OWN;
    find_upload(us.id(), them.upload.uploader, &them.upload.client_id) => NOTHING;
    finish_attachment(us.id(), them.upload.id) => UNCHANGED;
    find_attachment(us.id(), them.file.id) => NOTHING;
    find_attachment(us.id(), them.upload.id) => NOTHING;
    uploads_among(us.id(), &[them.upload.id]) => NONE_OF_THEM;
    uploads_among(us.id(), &[them.upload.id, us.upload.id]) => OWN;
    keep_attachment(us.id(), them.unsent.id) => NOTHING;
    find_file(us.id(), &them.file.key) => NOTHING;
    find_file(us.id(), &us.file.key) => OWN;
    delete_attachment(us.id(), them.upload.id) => UNCHANGED;
    delete_unsent(us.id(), them.unsent.id, LATER) => UNCHANGED;
}
