//! Who is on the sites right now, and on which page. Each page is kept once, with the socket that told it; frames are
//! made only where somebody watches, and while the site is locked, so that nobody hears of two changes in the wrong
//! order.

use std::collections::HashMap;

use protocol::code::CloseCode;
use protocol::id::{ConversationId, OrganizationId, VisitorId};
use protocol::server::{ServerFrame, VisitorLeft};
use protocol::value::{LiveVisitor, Millis, Page, VisitorSummary};

use super::{Hub, Key, Publication, SocketId, Topic};

/// The visitors of one organization's site.
pub(super) type Site = HashMap<VisitorId, Here>;

/// A visitor with at least one socket.
pub(super) struct Here {
    since: Millis,
    name: Option<Box<str>>,
    email: Option<Box<str>>,
    verified: bool,
    conversation: Option<ConversationId>,
    /// Their sockets; the one that told its page last stands last.
    tabs: Vec<Tab>,
}

struct Tab {
    socket: SocketId,
    page: Option<Box<Page>>,
}

/// A visitor's socket that has come.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Which socket.
    pub socket: SocketId,
    /// Whose.
    pub visitor: VisitorSummary,
    /// The page that it is on.
    pub page: Option<Page>,
    /// Their newest conversation that is not resolved.
    pub conversation: Option<ConversationId>,
    /// Now.
    pub at: Millis,
}

impl Here {
    fn know(&mut self, visitor: &VisitorSummary) {
        self.name = visitor.name.as_deref().map(Into::into);
        self.email = visitor.email.as_deref().map(Into::into);
        self.verified = visitor.verified;
    }

    /// A socket is on this page now.
    fn turn(&mut self, socket: SocketId, page: Option<Page>) {
        self.tabs.retain(|tab| tab.socket != socket);
        self.tabs.push(Tab { socket, page: page.map(Box::new) });
    }

    fn live(&self, id: VisitorId) -> LiveVisitor {
        LiveVisitor {
            visitor: VisitorSummary {
                id,
                name: self.name.as_deref().map(str::to_owned),
                email: self.email.as_deref().map(str::to_owned),
                verified: self.verified,
            },
            page: self.tabs.last().and_then(|tab| tab.page.as_deref().cloned()),
            since: self.since,
            conversation: self.conversation,
        }
    }
}

impl Hub {
    /// A visitor's socket has come.
    pub fn visit(&self, organization: OrganizationId, visit: Visit) {
        let mut site = self.sites.entry(organization).or_default();
        let here = site.entry(visit.visitor.id).or_insert_with(|| Here {
            since: visit.at,
            name: None,
            email: None,
            verified: false,
            conversation: None,
            tabs: Vec::with_capacity(1),
        });
        here.know(&visit.visitor);
        here.conversation = here.conversation.max(visit.conversation);
        here.turn(visit.socket, visit.page);
        self.show(organization, visit.visitor.id, here);
    }

    /// Closes every socket of a visitor.
    pub fn close_visitor(&self, organization: OrganizationId, visitor: VisitorId, code: CloseCode) {
        let sockets: Vec<SocketId> = match self.sites.get(&organization).as_deref().and_then(|site| site.get(&visitor))
        {
            Some(here) => here.tabs.iter().map(|tab| tab.socket).collect(),
            None => return,
        };
        sockets.into_iter().filter_map(|socket| self.socket(socket)).for_each(|queue| queue.close(code));
    }

    /// A visitor's socket is on another page.
    pub fn turn_page(&self, organization: OrganizationId, visitor: VisitorId, socket: SocketId, page: Page) {
        self.change(organization, visitor, |here| here.turn(socket, Some(page)));
    }

    /// More is known of a visitor, or other things.
    pub fn know_visitor(&self, organization: OrganizationId, visitor: &VisitorSummary) {
        self.change(organization, visitor.id, |here| here.know(visitor));
    }

    /// A conversation of a visitor's changed. Cheap when that is nothing new, for every commit tells it.
    pub fn know_conversation(
        &self,
        organization: OrganizationId,
        visitor: VisitorId,
        conversation: ConversationId,
        resolved: bool,
    ) {
        let known = match self.sites.get(&organization).as_deref().and_then(|site| site.get(&visitor)) {
            Some(here) => here.conversation,
            None => return,
        };
        // Ids are made in the order of time, so the greater one is the newer conversation.
        let now = if resolved { known.filter(|known| *known != conversation) } else { known.max(Some(conversation)) };
        if now != known {
            self.change(organization, visitor, |here| here.conversation = now);
        }
    }

    /// A visitor's socket has gone. Answers with the page that it was on.
    pub fn depart(&self, organization: OrganizationId, visitor: VisitorId, socket: SocketId) -> Option<Page> {
        let mut page = None;
        self.sites.remove_if_mut(&organization, |_, site| {
            let Some(here) = site.get_mut(&visitor) else { return site.is_empty() };
            let Some(at) = here.tabs.iter().position(|tab| tab.socket == socket) else { return false };
            let shown = at + 1 == here.tabs.len();
            page = here.tabs.remove(at).page.map(|page| *page);
            if here.tabs.is_empty() {
                site.remove(&visitor);
                self.tell_watchers(organization, visitor, || VisitorLeft { visitor }.into());
            } else if shown {
                self.show(organization, visitor, here);
            }
            site.is_empty()
        });
        page
    }

    /// Up to `most` of those who came last, newest first, and how many there are. What `act` does with them comes
    /// before whatever changes afterwards: it is done while the site is locked, though not against others who look.
    pub fn visitors_here(&self, organization: OrganizationId, most: usize, act: impl FnOnce(Vec<LiveVisitor>, usize)) {
        if let Some(site) = self.sites.get(&organization) {
            return act(newest(&site, most), site.len());
        }
        // Nobody was here; whoever comes now waits until that has been told.
        let site = self.sites.entry(organization).or_default();
        act(newest(&site, most), site.len());
        drop(site);
        self.sites.remove_if(&organization, |_, site| site.is_empty());
    }

    fn change(&self, organization: OrganizationId, visitor: VisitorId, change: impl FnOnce(&mut Here)) {
        if let Some(mut site) = self.sites.get_mut(&organization)
            && let Some(here) = site.get_mut(&visitor)
        {
            change(here);
            self.show(organization, visitor, here);
        }
    }

    fn show(&self, organization: OrganizationId, visitor: VisitorId, here: &Here) {
        self.tell_watchers(organization, visitor, || here.live(visitor).into());
    }

    fn tell_watchers(&self, organization: OrganizationId, visitor: VisitorId, frame: impl FnOnce() -> ServerFrame) {
        let topic = Topic::Visitors(organization);
        if self.is_followed(topic) {
            self.publish(topic, &Publication::latest(Key::LiveVisitor(visitor), frame().encode(0)), 0);
        }
    }
}

/// Up to `most` of those who came last, newest first.
fn newest(site: &Site, most: usize) -> Vec<LiveVisitor> {
    let newest_first = |(id, here): &(&VisitorId, &Here)| std::cmp::Reverse((here.since, **id));
    let mut newest: Vec<_> = site.iter().collect();
    // Sites are large and lists are short: only what is shown is sorted.
    if newest.len() > most {
        newest.select_nth_unstable_by_key(most, newest_first);
        newest.truncate(most);
    }
    newest.sort_unstable_by_key(newest_first);
    newest.into_iter().map(|(id, here)| here.live(*id)).collect()
}

#[cfg(test)]
mod tests;
