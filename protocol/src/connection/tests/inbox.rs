//! A list is read page by page, and brought up to date by what the gateway says has changed.

use super::peer::*;
use crate::client::{ClientFrame, Inbox, InboxPlace, InboxSync};
use crate::connection::Options;
use crate::connection::chat::Chat;
use crate::frame::Ref;
use crate::id::{ConversationId, MemberId, OrganizationId, VisitorId};
use crate::limit;
use crate::server::{AgentWelcome, InboxChanges, InboxPage, Limits, Welcome};
use crate::value::{AgentAvailability, Known, Member, Millis, Organization, Role, Summary};

impl Peer {
    /// Welcomes an agent.
    async fn agent(listener: &tokio::net::TcpListener) -> Self {
        let mut peer = Self::accept(listener).await;
        let (reference, _) = peer.hello().await;
        let agent = AgentWelcome {
            member: Member {
                id: MemberId::generate(),
                name: "Ada".into(),
                email: "a@b.example".into(),
                role: Role::Agent,
            },
            organization: Organization { id: OrganizationId::generate(), name: "Shop".into() },
            departments: vec![],
            own_departments: vec![],
            availability: AgentAvailability::Online,
            colleagues: vec![],
        };
        let limits = Limits { silence_ms: 60_000, unstored_sends: 1, ..Limits::default() };
        let welcome = Welcome { now: 1, features: vec![], limits, visitor: None, agent: Some(agent) };
        peer.say([(reference, welcome.into())]).await;
        peer
    }

    async fn sync(&mut self) -> (Ref, InboxSync) {
        match self.next().await {
            (reference, ClientFrame::InboxSync(sync)) => (reference, sync),
            other => panic!("{other:?}"),
        }
    }

    async fn page(&mut self, conversations: &[Summary], next: Option<InboxPlace>) -> Inbox {
        let (reference, frame) = self.next().await;
        let ClientFrame::Inbox(request) = frame else { panic!("{frame:?}") };
        self.say([(reference, InboxPage { conversations: conversations.to_vec(), next, counts: None }.into())]).await;
        request
    }
}

fn at(updated_at: Millis) -> Summary {
    Summary { updated_at, ..summary(ConversationId::generate(), VisitorId::generate(), 1) }
}

fn place(summary: &Summary) -> InboxPlace {
    InboxPlace { updated_at: summary.updated_at, conversation: summary.conversation }
}

fn known(summary: &Summary) -> Known {
    Known { conversation: summary.conversation, head: summary.head, agent_read: summary.agent_read }
}

#[tokio::test]
async fn a_list_is_compared_in_batches_and_then_gone_on_with_from_a_little_before_its_end() {
    const LATE: Millis = 60_000;
    let (listener, url) = listen().await;
    let held: Vec<Summary> = (0..limit::SYNC_KNOWN as Millis + 3).map(|n| at(10_000_000 + n * 1_000)).collect();
    let (fresh, newest) = (at(20_000_000), place(held.last().unwrap()));
    let gateway = async {
        let mut peer = Peer::agent(&listener).await;
        let mut after = None;
        for page in held.rchunks(limit::INBOX_PAGE as usize) {
            let next = Some(place(&page[0])).filter(|next| *next != place(&held[0]));
            assert_eq!(peer.page(page, next).await.after, after);
            after = next;
        }

        // All that is held is compared; what has changed is told again as it is now.
        let (reference, sync) = peer.sync().await;
        assert_eq!((sync.known.len(), sync.newest), (limit::SYNC_KNOWN, None));
        let further = Summary {
            head: 5,
            ..held.iter().find(|one| one.conversation == sync.known[0].conversation).unwrap().clone()
        };
        let gone = sync.known[1].conversation;
        let changes = InboxChanges { changed: vec![further.clone()], gone: vec![gone], more: true };
        peer.say([(reference, changes.into())]).await;
        let (reference, again) = peer.sync().await;
        assert_eq!((again.known.len(), again.known[0]), (limit::SYNC_KNOWN - 1, known(&further)));
        peer.say([(reference, InboxChanges::default().into())]).await;
        let (reference, rest) = peer.sync().await;
        assert_eq!((rest.known.len(), rest.newest), (3, None));
        peer.say([(reference, InboxChanges::default().into())]).await;

        // Then what is new, from some time before the newest on: entries may have waited for the database.
        let (reference, sync) = peer.sync().await;
        let from = InboxPlace { updated_at: newest.updated_at - LATE, ..newest };
        assert_eq!(sync.newest, Some(from));
        let behind = held.iter().filter(|one| one.updated_at >= from.updated_at && one.conversation != gone);
        assert!(sync.known.len().abs_diff(behind.count()) <= 1, "{}", sync.known.len());
        let changes = InboxChanges { changed: vec![fresh.clone()], gone: vec![], more: true };
        peer.say([(reference, changes.into())]).await;
        let (reference, last) = peer.sync().await;
        assert_eq!((last.newest, last.known[0]), (Some(from), known(&fresh)));
        peer.say([(reference, InboxChanges::default().into())]).await;
        (peer, gone)
    };
    let client = async {
        let mut chat = Chat::agent(&url, Options::default(), "token");
        chat.list_inbox().await.unwrap();
        assert_eq!(chat.summaries().len(), held.len());
        assert_eq!(chat.sync_inbox().await.unwrap(), 5);
        chat
    };
    let ((_peer, gone), chat) = soon(async { tokio::join!(gateway, client) }).await;
    assert_eq!(chat.summaries().len(), held.len());
    assert!(!chat.summaries().contains_key(&gone) && chat.summaries().contains_key(&fresh.conversation));
}
