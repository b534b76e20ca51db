//! From a stranger to a principal: `hello`, checked, and `welcome` with everything that a client draws with.

use std::sync::Arc;

use protocol::client::{Cursor, Hello, HelloRole};
use protocol::code::{CloseCode, ErrorCode};
use protocol::frame::{Error, Ref};
use protocol::server::{AgentWelcome, Limits, ServerFrame, VisitorWelcome, Welcome};
use protocol::value::AgentAvailability;
use protocol::{FEATURES, limit};

use super::heartbeat::{PING_SECONDS, SILENCE_SECONDS};
use super::{HELLO_TRIES, Session};
use crate::auth::token;
use crate::error::from_storage;
use crate::hub::{Audience, Topic};
use crate::service::authorize::Principal;
use crate::service::conversation::Access;
use crate::service::{account, availability, conversation, visitor, widget};
use crate::state::now;

/// A stranger who has become somebody.
struct Greeted {
    principal: Principal,
    /// What they follow from now on.
    topics: Vec<Topic>,
    welcome: Welcome,
}

impl Session {
    pub(super) async fn hello(&mut self, reference: Ref, hello: Hello) {
        self.hellos += 1;
        tracing::debug!(client = hello.agent.as_deref(), socket = self.queue.id(), address = %self.peer.address, "hello");
        let welcomed = match hello.check() {
            Err(error) => Err((error.into(), None)),
            Ok(()) => match hello.role {
                HelloRole::Visitor => self.hello_visitor(&hello).await,
                HelloRole::Agent => self.hello_agent(&hello).await,
            },
        };
        match welcomed {
            Ok(greeted) => self.welcome(reference, &hello, greeted).await,
            Err((error, close)) => {
                tracing::debug!(%error, socket = self.queue.id(), "a hello was refused");
                self.fail(reference, error);
                if let Some(code) = close {
                    self.queue.close(code);
                } else if self.hellos >= HELLO_TRIES {
                    self.queue.close(CloseCode::NoHello);
                }
            }
        }
    }

    async fn welcome(&mut self, reference: Ref, hello: &Hello, greeted: Greeted) {
        let Greeted { principal, topics, welcome } = greeted;
        let principal = Arc::new(principal);
        self.principal = Some(Arc::clone(&principal));
        for topic in topics {
            self.topics.insert(topic);
            self.app.hub.follow(topic, &self.queue, principal.audience());
        }
        availability::arrive(&self.app, &principal);

        let open = welcome.visitor.as_ref().and_then(|visitor| visitor.conversation.clone());
        // Not `reply`: a welcome is sent even to a hello that forgot its ref.
        self.queue.push(ServerFrame::from(welcome).encode(reference));
        if let Some(open) = open {
            self.remember(Access { conversation: open.conversation, visitor: open.visitor.id });
            if !hello.resume.iter().any(|cursor| cursor.conversation == open.conversation) {
                let cursor = Cursor { conversation: open.conversation, cursor: None };
                if let Err(error) = self.follow(reference, cursor, &principal).await {
                    self.fail(reference, error.into());
                }
            }
        }
        for cursor in &hello.resume {
            let outcome = match self.access(&principal, cursor.conversation).await {
                Ok(_) => self.follow(reference, *cursor, &principal).await.map_err(Error::from),
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                self.fail(reference, error);
            }
        }
    }

    async fn hello_visitor(&self, hello: &Hello) -> Result<Greeted, (Error, Option<CloseCode>)> {
        let app = &self.app;
        let key = hello.widget_key.as_deref().unwrap_or_default();
        let widget = widget::open(app, &self.peer, key).await.map_err(|error| {
            let close = match error.code {
                ErrorCode::NotFound => Some(CloseCode::NoWidget),
                ErrorCode::OriginRefused => Some(CloseCode::OriginRefused),
                _ => None,
            };
            (error, close)
        })?;
        let keep = |error| (error, None);
        let opened = visitor::open(app, &self.peer, &widget, hello).await.map_err(keep)?;
        let organization = widget.organization.id;
        let session = opened.session;
        // A new visitor has none: do not ask.
        let open = match opened.token {
            Some(_) => None,
            None => app
                .storage
                .open_conversation_of(organization, session.visitor)
                .await
                .map_err(from_storage)
                .map_err(keep)?,
        };
        let principal = Principal::Visitor {
            organization,
            visitor: session.visitor,
            session: session.id,
            name: session.name.clone(),
            verified: false,
            draft_preview: widget.config.settings.draft_preview,
        };
        let welcome = VisitorWelcome {
            visitor: session.visitor,
            name: session.name,
            token: opened.token,
            verified: false,
            expires_at: session.expires_at,
            availability: availability::of(app, organization, &widget.config.settings),
            settings: widget.config.settings,
            form: widget.config.form,
            departments: widget.config.departments,
            conversation: open.map(|summary| conversation::summary_for(&principal, summary)),
        };
        let topics = vec![Topic::Widgets(organization)];
        Ok(Greeted { principal, topics, welcome: self.common(Some(welcome), None) })
    }

    async fn hello_agent(&mut self, hello: &Hello) -> Result<Greeted, (Error, Option<CloseCode>)> {
        let app = Arc::clone(&self.app);
        // A page of another site must not act with the agent's cookie.
        if !self.peer.is_own_or_no_page(app.settings.public_url.as_deref()) {
            let error = Error::new(ErrorCode::OriginRefused, "agents connect from the gateway's own pages");
            return Err((error, Some(CloseCode::OriginRefused)));
        }
        let token = hello.token.as_deref().or(self.peer.agent_token.as_deref());
        // Before the login is looked up, so that no logout can fall between.
        let login = Topic::Session(token::hash(token.unwrap_or_default()));
        app.hub.follow(login, &self.queue, Audience::Agent);
        self.topics.insert(login);
        let principal = account::authenticate(&app, token).await.map_err(|error| {
            let close = (error.code == ErrorCode::Unauthenticated).then_some(CloseCode::Unauthenticated);
            (error, close)
        })?;
        let config = widget::config(&app, &principal).await.map_err(|error| (error, None))?;
        let Principal::Agent { organization, member } = &principal else {
            return Err((Error::new(ErrorCode::Unauthenticated, "log in first"), Some(CloseCode::Unauthenticated)));
        };
        let welcome = AgentWelcome {
            member: member.clone(),
            organization: organization.clone(),
            departments: config.departments,
            availability: AgentAvailability::Online,
            colleagues: Vec::new(),
        };
        let topics = vec![Topic::Inbox(organization.id)];
        Ok(Greeted { principal, topics, welcome: self.common(None, Some(welcome)) })
    }

    fn common(&self, visitor: Option<VisitorWelcome>, agent: Option<AgentWelcome>) -> Welcome {
        Welcome {
            now: now(),
            features: FEATURES.iter().map(ToString::to_string).collect(),
            limits: Limits {
                frame_bytes: u32::try_from(limit::FRAME_BYTES).unwrap_or(u32::MAX),
                text_bytes: u32::try_from(limit::TEXT_BYTES).unwrap_or(u32::MAX),
                ping_ms: PING_SECONDS * 1000,
                silence_ms: SILENCE_SECONDS * 1000,
                unstored_sends: self.app.settings.unstored_sends,
                ..Limits::default()
            },
            visitor,
            agent,
        }
    }
}
