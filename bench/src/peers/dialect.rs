//! What the peers speak, for [`crate::talk`]: a value a thread, as each of them asks for it.

mod names;
mod nats;
mod relay;
mod socketio;
pub(crate) mod xmpp;

pub(crate) use nats::Nats;
pub(crate) use relay::Relay;
pub(crate) use socketio::SocketIo;
pub(crate) use xmpp::Xmpp;
