//! From a stranger to a principal: `hello`, checked, and `welcome` with everything that a client draws with.

use std::sync::Arc;

use protocol::client::{Cursor, Hello, HelloRole};
use protocol::code::{CloseCode, ErrorCode};
use protocol::frame::{Error, Ref};
use protocol::server::{AgentWelcome, Limits, ServerFrame, SharedLimits, VisitorWelcome, Welcome};
use protocol::value::{AgentAvailability, VisitorSummary};
use protocol::{FEATURES, feature, limit};

use super::{HELLO_TRIES, Session};
use crate::auth::token::{self, TokenHash};
use crate::error::rate_limited;
use crate::hub::{Audience, Topic};
use crate::service::authorize::Principal;
use crate::service::availability::Colleagues;
use crate::service::conversation::Access;
use crate::service::{account, availability, conversation, visit, visitor, widget};
use crate::state::now;

/// A stranger who has become somebody.
struct Greeted {
    principal: Principal,
    /// What the sockets of the same session or login have in common.
    shared: TokenHash,
    /// What they follow from now on, besides that.
    topic: Topic,
    /// What an agent chose before.
    chosen: AgentAvailability,
    /// Who a visitor is, to those who watch the site.
    seen: Option<VisitorSummary>,
    welcome: Welcome,
}

/// Why a hello was refused, and whether the socket is closed for it.
type Refused = (Error, Option<CloseCode>);

impl Session {
    pub(super) async fn hello(&mut self, reference: Ref, hello: Hello) {
        self.hellos += 1;
        tracing::debug!(client = hello.agent.as_deref(), socket = self.queue.id(), address = %self.peer.address, "hello");
        let looked_at = self.app.limits.check_hello(self.peer.address);
        let welcomed = match (looked_at, hello.check()) {
            (Err(retry_ms), _) => Err((rate_limited(retry_ms), None)),
            (_, Err(error)) => Err((error.into(), None)),
            (Ok(()), Ok(())) => match hello.role {
                HelloRole::Visitor => self.hello_visitor(&hello).await,
                HelloRole::Agent => self.hello_agent(&hello).await,
            },
        };
        match welcomed {
            Ok(greeted) => self.welcome(reference, hello, greeted).await,
            Err((error, close)) => {
                tracing::debug!(%error, socket = self.queue.id(), "a hello was refused");
                // A stranger follows nothing but what it claimed to share.
                for topic in self.topics.drain() {
                    self.app.hub.unfollow(topic, self.queue.id());
                }
                // That the store is away is not the client's doing.
                if looked_at.is_ok() && error.code != ErrorCode::Unavailable {
                    self.app.limits.refuse_hello(self.peer.address);
                }
                self.fail(reference, error);
                if let Some(code) = close {
                    self.queue.close(code);
                } else if self.hellos >= HELLO_TRIES {
                    self.queue.close(CloseCode::NoHello);
                }
            }
        }
    }

    async fn welcome(&mut self, reference: Ref, hello: Hello, greeted: Greeted) {
        let Greeted { principal, shared, topic, chosen, seen, mut welcome } = greeted;
        let principal = Arc::new(principal);
        let organization = principal.organization();
        self.principal = Some(Arc::clone(&principal));
        self.shared = Some(shared);
        self.allowance.share(&self.app.limits, shared, organization);
        if let Principal::Visitor { visitor, .. } = &*principal {
            self.app.hub.stand_for(self.queue.id(), *visitor);
        }
        availability::arrive(&self.app, &principal, chosen);
        for topic in [topic, Topic::Session(shared)] {
            self.topics.insert(topic);
            self.app.hub.follow(topic, &self.queue, principal.audience());
        }
        // Observed only now that changes are followed, so that none falls between.
        let open = welcome.visitor.as_ref().and_then(|visitor| visitor.conversation.as_ref());
        let open = open.map(|open| open.conversation);
        if let Some(visitor) = &mut welcome.visitor {
            visitor.availability = availability::of(&self.app, organization, &visitor.settings);
        }
        if let Some(agent) = &mut welcome.agent {
            availability::observe(&self.app, organization, &mut agent.colleagues);
            agent.availability = self.app.hub.chosen(organization, agent.member.id).unwrap_or(chosen);
        }
        // Not `reply`: a welcome is sent even to a hello that forgot its ref.
        self.queue.push(ServerFrame::from(welcome).encode(reference));
        if let Some(seen) = seen {
            visit::begin(&self.app, &principal, self.queue.id(), seen, hello.page, open);
        }
        let mut cursors = hello.resume;
        if let Some(conversation) = open.filter(|open| cursors.iter().all(|cursor| cursor.conversation != *open)) {
            cursors.insert(0, Cursor { conversation, cursor: None });
        }
        self.resume(reference, &cursors, &principal).await;
    }

    async fn hello_visitor(&mut self, hello: &Hello) -> Result<Greeted, Refused> {
        let app = Arc::clone(&self.app);
        let key = hello.widget_key.as_deref().unwrap_or_default();
        let widget = widget::open(&app, &self.peer, key).await.map_err(|error| {
            let close = match error.code {
                ErrorCode::NotFound => Some(CloseCode::NoWidget),
                ErrorCode::OriginRefused => Some(CloseCode::OriginRefused),
                _ => None,
            };
            (error, close)
        })?;
        let keep = |error| (error, None);
        if let Some(token) = &hello.token {
            self.share_early(token::hash(token));
        }
        let opened = visitor::open(&app, &self.peer, &widget, hello).await.map_err(keep)?;
        let organization = widget.organization.id;
        let session = opened.session;
        if let Some(open) = &session.conversation {
            self.known.remember(Access::of(open));
        }
        let principal = Principal::Visitor {
            organization,
            visitor: session.visitor,
            session: session.id,
            name: session.name.clone(),
            verified: session.verified,
            draft_preview: widget.config.settings.draft_preview,
        };
        let seen = VisitorSummary {
            id: session.visitor,
            name: session.name.clone(),
            email: session.email,
            verified: session.verified,
        };
        let welcome = VisitorWelcome {
            visitor: session.visitor,
            name: session.name,
            token: opened.token,
            verified: session.verified,
            expires_at: session.expires_at,
            availability: availability::of(&app, organization, &widget.config.settings),
            settings: widget.config.settings.clone(),
            form: widget.config.form.clone(),
            departments: widget.config.departments.clone(),
            transcripts: app.mail.is_some(),
            conversation: session.conversation.map(|summary| conversation::summary_for(&principal, summary)),
        };
        Ok(Greeted {
            principal,
            shared: opened.hash,
            topic: Topic::Widgets(organization),
            chosen: AgentAvailability::default(),
            seen: Some(seen),
            welcome: self.common(Some(welcome), None),
        })
    }

    async fn hello_agent(&mut self, hello: &Hello) -> Result<Greeted, Refused> {
        let app = Arc::clone(&self.app);
        // A page of another site must not act with the agent's cookie.
        if !self.peer.is_own_or_no_page(app.settings.public_url.as_deref()) {
            let error = Error::new(ErrorCode::OriginRefused, "agents connect from the gateway's own pages");
            return Err((error, Some(CloseCode::OriginRefused)));
        }
        let token = hello.token.as_deref().or(self.peer.agent_token.as_deref());
        let shared = token::hash(token.unwrap_or_default());
        let token = token.map(str::to_owned);
        self.share_early(shared);
        let principal = account::authenticate(&app, token.as_deref()).await.map_err(|error| {
            let close = (error.code == ErrorCode::Unauthenticated).then_some(CloseCode::Unauthenticated);
            (error, close)
        })?;
        let widget = widget::of(&app, &principal).await.map_err(|error| (error, None))?;
        let Principal::Agent { organization, member } = &principal else {
            return Err((Error::new(ErrorCode::Unauthenticated, "log in first"), Some(CloseCode::Unauthenticated)));
        };
        let Colleagues { all: colleagues, chosen, departments: own_departments } =
            availability::colleagues(&app, &principal).await.map_err(|error| (error, None))?;
        let welcome = AgentWelcome {
            member: member.clone(),
            organization: organization.clone(),
            departments: widget.config.departments.clone(),
            own_departments,
            availability: chosen,
            colleagues,
        };
        let topic = Topic::Inbox(organization.id);
        Ok(Greeted { principal, shared, topic, chosen, seen: None, welcome: self.common(None, Some(welcome)) })
    }

    /// Follows what the sockets of one session or login have in common before it is looked up, so that no logout and no
    /// change of the visitor can fall between.
    fn share_early(&mut self, shared: TokenHash) {
        let topic = Topic::Session(shared);
        // Nothing is published to it: it is there to be closed.
        self.app.hub.follow(topic, &self.queue, Audience::Visitor);
        self.topics.insert(topic);
    }

    fn common(&self, visitor: Option<VisitorWelcome>, agent: Option<AgentWelcome>) -> Welcome {
        let taken = self.app.settings.uploads.taken();
        Welcome {
            now: now(),
            features: FEATURES
                .iter()
                .filter(|name| **name != feature::UPLOADS || taken)
                .map(ToString::to_string)
                .collect(),
            limits: self.limits(),
            visitor,
            agent,
        }
    }

    /// What a client must keep.
    fn limits(&self) -> Limits {
        let uploads = &self.app.settings.uploads;
        let (set, bytes) = (&self.app.settings.limits, |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX));
        Limits {
            frame_bytes: bytes(limit::FRAME_BYTES),
            text_bytes: bytes(limit::TEXT_BYTES),
            ping_ms: set.ping_seconds * 1000,
            silence_ms: set.silence_seconds * 1000,
            unstored_sends: set.unstored_sends,
            unstored_bytes: set.unstored_bytes,
            frame_rate: set.frame_rate,
            frame_burst: set.frame_burst,
            byte_rate: set.byte_rate,
            byte_burst: set.byte_burst,
            start_rate: set.start_rate,
            start_burst: set.start_burst,
            visit_rate: set.visit_rate,
            visit_burst: set.visit_burst,
            update_rate: set.update_rate,
            update_burst: set.update_burst,
            search_rate: set.search_rate,
            search_burst: set.search_burst,
            address: SharedLimits {
                frame_rate: set.address_frame_rate,
                frame_burst: set.address_frame_burst,
                byte_rate: set.address_byte_rate,
                byte_burst: set.address_byte_burst,
            },
            organization: SharedLimits {
                frame_rate: set.organization_frame_rate,
                frame_burst: set.organization_frame_burst,
                byte_rate: set.organization_byte_rate,
                byte_burst: set.organization_byte_burst,
            },
            refusal_rate: set.refusal_rate,
            refusal_burst: set.refusal_burst,
            hello_ms: set.hello_seconds * 1000,
            queue_bytes: set.queue_bytes,
            resume_cursors: bytes(limit::RESUME_CURSORS),
            followed: set.followed,
            upload_bytes: uploads.upload_bytes,
            upload_chunk_bytes: bytes(limit::UPLOAD_CHUNK_BYTES),
            uploads_at_once: uploads.uploads_at_once,
            upload_expiry_ms: uploads.upload_expiry_seconds * 1000,
            upload_byte_rate: uploads.upload_byte_rate,
            upload_byte_burst: uploads.upload_byte_burst,
            upload_unsent_ms: u64::from(uploads.upload_unsent_seconds) * 1000,
            upload_types: uploads.upload_types.clone(),
        }
    }
}
