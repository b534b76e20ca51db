//! Random frames of a client: every op.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use protocol::client::*;
use protocol::value::{ContactPlace, SearchPlace};

use crate::arbitrary::*;

fn hello() -> impl Strategy<Value = Hello> {
    let role = prop_oneof![Just(HelloRole::Visitor), Just(HelloRole::Agent)];
    let texts = (option::of(text()), option::of(text()), option::of(text()));
    (role, texts, vec(text(), 0..3), option::of(page()), vec(cursor(), 0..4)).prop_map(
        |(role, (widget_key, token, agent), features, page, resume)| Hello {
            role,
            widget_key,
            token,
            features,
            agent,
            page,
            resume,
        },
    )
}

pub(crate) fn client_frame() -> impl Strategy<Value = ClientFrame> {
    let start = (text(), option::of(id!()), answers()).prop_map(|(client_id, department, answers)| Start {
        client_id,
        department,
        answers,
    });
    let send = (id!(), text(), content()).prop_map(|(conversation, client_id, content)| Send {
        conversation,
        client_id,
        content,
    });
    let history = (id!(), number(), option::of(any::<u32>())).prop_map(|(conversation, before, limit)| History {
        conversation,
        before,
        limit,
    });
    let read = (id!(), number()).prop_map(|(conversation, seq)| Read { conversation, seq });
    let typing = (id!(), any::<bool>(), option::of(text())).prop_map(|(conversation, on, draft)| Typing {
        conversation,
        on,
        draft,
    });
    prop_oneof![
        hello().prop_map(Into::into),
        vec(head(), 0..4).prop_map(|heads| Ping { heads }.into()),
        Just(ClientFrame::Pong(Pong {})),
        start.prop_map(Into::into),
        send.prop_map(Into::into),
        cursor().prop_map(Into::into),
        id!().prop_map(|conversation| Unfollow { conversation }.into()),
        history.prop_map(Into::into),
        read.prop_map(Into::into),
        typing.prop_map(Into::into),
        inbox().prop_map(Into::into),
        of_visitors(),
        of_agents(),
        of_uploads(),
    ]
}

fn inbox() -> impl Strategy<Value = Inbox> {
    let assigned = option::of(option::of(id!()).prop_map(|member| Assigned { member }));
    let filter = (option::of(status()), assigned, option::of(id!()), option::of(priority()), option::of(id!()));
    (filter, option::of(place()), option::of(any::<u32>())).prop_map(
        |((status, assigned, department, priority, visitor), after, limit)| Inbox {
            status,
            assigned,
            department,
            priority,
            visitor,
            after,
            limit,
        },
    )
}

fn of_visitors() -> impl Strategy<Value = ClientFrame> {
    let person = || (option::of(text()), option::of(text()), option::of(text()), attributes());
    let identify = (option::of(text()), option::of(text()), person()).prop_map(
        |(external_id, token, (name, email, phone, attributes))| Identify {
            external_id,
            token,
            name,
            email,
            phone,
            attributes,
        },
    );
    let update = (option::of(id!()), person()).prop_map(|(visitor, (name, email, phone, attributes))| Update {
        visitor,
        name,
        email,
        phone,
        attributes,
    });
    let track = (text(), attributes()).prop_map(|(name, properties)| Track { name, properties });
    let transcript = (id!(), text()).prop_map(|(conversation, email)| Transcript { conversation, email });
    prop_oneof![
        identify.prop_map(Into::into),
        update.prop_map(Into::into),
        page().prop_map(Into::into),
        track.prop_map(Into::into),
        transcript.prop_map(Into::into),
    ]
}

fn of_agents() -> impl Strategy<Value = ClientFrame> {
    let known = (id!(), number(), number()).prop_map(|(conversation, head, agent_read)| Known {
        conversation,
        head,
        agent_read,
    });
    let found = (number(), id!(), number()).prop_map(|(at, conversation, seq)| SearchPlace { at, conversation, seq });
    let search = (text(), option::of(found), option::of(any::<u32>())).prop_map(|(query, after, limit)| Search {
        query,
        after,
        limit,
    });
    let contact = (number(), id!()).prop_map(|(created_at, visitor)| ContactPlace { created_at, visitor });
    let contacts = (option::of(text()), option::of(any::<bool>()), option::of(contact), option::of(any::<u32>()))
        .prop_map(|(query, verified, after, limit)| Contacts { query, verified, after, limit });
    let sync = (vec(known, 0..4), option::of(place())).prop_map(|(known, newest)| InboxSync { known, newest });
    prop_oneof![
        available().prop_map(|availability| SetAvailability { availability }.into()),
        sync.prop_map(Into::into),
        Just(Watch { what: Watched::Visitors }.into()),
        Just(Unwatch { what: Watched::Visitors }.into()),
        id!().prop_map(|visitor| Profile { visitor }.into()),
        search.prop_map(Into::into),
        contacts.prop_map(Into::into),
    ]
}

fn of_uploads() -> impl Strategy<Value = ClientFrame> {
    let open = (id!(), text(), text(), number(), text(), text()).prop_map(
        |(conversation, client_id, name, size, media_type, sha256)| UploadOpen {
            conversation,
            client_id,
            name,
            size,
            media_type,
            sha256,
        },
    );
    let chunk = (id!(), number(), vec(any::<u8>(), 0..400)).prop_map(|(upload, offset, bytes)| UploadChunk {
        upload,
        offset,
        bytes: Chunk(bytes.into()),
    });
    prop_oneof![
        open.prop_map(Into::into),
        chunk.prop_map(Into::into),
        id!().prop_map(|upload| UploadAbort { upload }.into()),
    ]
}
