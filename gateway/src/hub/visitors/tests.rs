use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use protocol::codec;

use super::*;
use crate::hub::{Audience, QueueLimits, SendQueue};

/// How long somebody may look who does not wait for anybody.
const PATIENCE: Duration = Duration::from_secs(20);

fn page(url: &str) -> Page {
    Page { url: Some(url.into()), ..Page::default() }
}

fn visitor() -> VisitorSummary {
    VisitorSummary { id: VisitorId::generate(), name: None, email: None, verified: false }
}

fn visit(hub: &Hub, organization: OrganizationId, visitor: &VisitorSummary, socket: SocketId, url: &str, at: Millis) {
    let visit = Visit { socket, visitor: visitor.clone(), page: Some(page(url)), conversation: None, at };
    hub.visit(organization, visit);
}

fn here(hub: &Hub, organization: OrganizationId, most: usize) -> (Vec<LiveVisitor>, usize) {
    let mut seen = (Vec::new(), 0);
    hub.visitors_here(organization, most, |visitors, total| seen = (visitors, total));
    seen
}

fn url(visitor: &LiveVisitor) -> &str {
    visitor.page.as_ref().and_then(|page| page.url.as_deref()).unwrap_or_default()
}

/// What a watcher was sent, in order.
fn told(queue: &SendQueue) -> Vec<ServerFrame> {
    let frames = queue.take_now().frames;
    frames
        .iter()
        .map(|bytes| ServerFrame::decode(&codec::frames(bytes).next().unwrap().unwrap()).unwrap().unwrap())
        .collect()
}

#[test]
fn a_visitor_is_here_until_the_last_socket_leaves_and_shows_the_page_told_last() {
    let (hub, organization, visitor) = (Hub::default(), OrganizationId::generate(), visitor());
    visit(&hub, organization, &visitor, 1, "/a", 10);
    visit(&hub, organization, &visitor, 2, "/b", 20);
    let (seen, total) = here(&hub, organization, 10);
    assert_eq!((url(&seen[0]), seen[0].since, total), ("/b", 10, 1));
    hub.turn_page(organization, visitor.id, 1, page("/c"));
    assert_eq!(url(&here(&hub, organization, 10).0[0]), "/c");
    hub.depart(organization, visitor.id, 1);
    assert_eq!(url(&here(&hub, organization, 10).0[0]), "/b");
    hub.depart(organization, visitor.id, 2);
    assert_eq!(here(&hub, organization, 10), (Vec::new(), 0));
    assert!(hub.sites.is_empty());
}

#[test]
fn the_newest_come_first_and_the_rest_is_counted() {
    let (hub, organization) = (Hub::default(), OrganizationId::generate());
    for n in 0..5 {
        visit(&hub, organization, &visitor(), n, "/", Millis::from(n));
    }
    visit(&hub, OrganizationId::generate(), &visitor(), 9, "/", 9);
    let (seen, total) = here(&hub, organization, 2);
    assert_eq!((seen.iter().map(|visitor| visitor.since).collect::<Vec<_>>(), total), (vec![4, 3], 5));
    for (most, shown) in [(0, 0), (4, 4), (5, 5), (6, 5)] {
        assert_eq!(here(&hub, organization, most).0.len(), shown);
    }
}

#[test]
fn two_may_look_at_a_site_at_once_and_changes_wait_for_both() {
    let (hub, organization) = (Hub::default(), OrganizationId::generate());
    visit(&hub, organization, &visitor(), 1, "/", 1);
    let (looked, heard) = mpsc::channel();
    let came = AtomicBool::new(false);
    thread::scope(|scope| {
        hub.visitors_here(organization, 10, |_, total| {
            let (hub, came) = (&hub, &came);
            scope.spawn(move || hub.visitors_here(organization, 10, |_, total| looked.send(total).unwrap()));
            assert_eq!((total, heard.recv_timeout(PATIENCE)), (1, Ok(1)), "the other waits");
            scope.spawn(move || {
                visit(hub, organization, &visitor(), 2, "/", 2);
                came.store(true, Ordering::Release);
            });
            assert!(!came.load(Ordering::Acquire), "it changed while it was told");
        });
    });
    assert_eq!(here(&hub, organization, 10).1, 2);
}

#[test]
fn watchers_hear_of_each_visitors_latest_and_of_no_other_organizations() {
    let (hub, organization, visitor) = (Hub::default(), OrganizationId::generate(), visitor());
    let watcher = Arc::new(SendQueue::new(7, QueueLimits::default()));
    hub.follow(Topic::Visitors(organization), &watcher, Audience::Agent);
    visit(&hub, OrganizationId::generate(), &visitor, 1, "/foreign", 1);
    visit(&hub, organization, &visitor, 2, "/a", 1);
    hub.turn_page(organization, visitor.id, 2, page("/b"));
    hub.know_visitor(organization, &VisitorSummary { name: Some("Vera".into()), ..visitor.clone() });
    let frames = told(&watcher);
    let [ServerFrame::LiveVisitor(live)] = frames.as_slice() else { panic!("{frames:?}") };
    assert_eq!((url(live), live.visitor.name.as_deref()), ("/b", Some("Vera")));
    hub.turn_page(organization, visitor.id, 2, page("/c"));
    hub.depart(organization, visitor.id, 2);
    assert_eq!(told(&watcher), [VisitorLeft { visitor: visitor.id }.into()]);
}

#[test]
fn the_newest_conversation_that_is_not_resolved_is_shown() {
    let (hub, organization, visitor) = (Hub::default(), OrganizationId::generate(), visitor());
    let (older, newer) = (ConversationId::generate(), ConversationId::generate());
    visit(&hub, organization, &visitor, 1, "/", 1);
    let shown = || here(&hub, organization, 1).0[0].conversation;
    for (conversation, resolved, expected) in [
        (newer, false, Some(newer)),
        (older, false, Some(newer)),
        (older, true, Some(newer)),
        (newer, true, None),
        (older, false, Some(older)),
    ] {
        hub.know_conversation(organization, visitor.id, conversation, resolved);
        assert_eq!(shown(), expected);
    }
}
