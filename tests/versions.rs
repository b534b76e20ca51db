//! Clients of other versions: one from later, which says things that nobody knows yet, and one from the first issue of
//! version 1, which knows little of what it is told. Both hold whole conversations. They are made of raw values: this
//! build's own types would only agree with themselves.

use serde_json::{Value, json};
use tests::gateway::{Tenant, TestGateway};
use tests::raw::{RawFrame, RawSocket};

mod future;
mod past;

/// What both clients need: a socket, and refs.
struct Client {
    socket: RawSocket,
    last_reference: u64,
}

impl Client {
    async fn open(gateway: &TestGateway) -> Self {
        Self { socket: RawSocket::open(gateway.address()).await, last_reference: 0 }
    }

    fn reference(&mut self) -> u64 {
        self.last_reference += 1;
        self.last_reference
    }
}

fn visitor_hello(tenant: &Tenant) -> Value {
    json!({"role": "visitor", "widget_key": tenant.widget_key})
}

fn agent_hello(tenant: &Tenant) -> Value {
    json!({"role": "agent", "token": tenant.token})
}

fn text(conversation: &Value, client_id: &str, text: &str) -> Value {
    json!({"conversation": conversation, "client_id": client_id, "content": {"kind": "text", "text": text}})
}

/// The seqs and kinds of a log's entries.
fn log(entries: &[Value]) -> Vec<(u64, String)> {
    let read = |entry: &Value| Some((entry["seq"].as_u64()?, entry["content"]["kind"].as_str()?.to_owned()));
    entries.iter().map(|entry| read(entry).expect("an entry has a seq and a kind")).collect()
}

fn is_error(frame: &RawFrame, code: &str, field: Option<&str>) {
    let (got, at) = (frame.body["code"].as_str(), frame.body["field"].as_str());
    assert_eq!((frame.op, got, at), (5, Some(code), field), "{frame:?}");
}
