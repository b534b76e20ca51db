//! Agents: whether they are here, which is observed, and whether they take conversations, which they choose.

use protocol::client::SetAvailability;
use protocol::code::ErrorCode;
use protocol::connection::Connection;
use protocol::id::MemberId;
use protocol::server::{Availability, ServerFrame};
use protocol::value::{AgentAvailability, Colleague};
use tests::gateway::{TestGateway, agent_hello};

use crate::delivery::find;
use crate::refusals::refusal;

const AWAY: SetAvailability = SetAvailability { availability: AgentAvailability::Away };
const ONLINE: SetAvailability = SetAvailability { availability: AgentAvailability::Online };

async fn presence(agent: &mut Connection, member: MemberId) -> (AgentAvailability, bool) {
    find(agent, |frame| match frame {
        ServerFrame::Colleague(colleague) if colleague.id == member => {
            Some((colleague.availability, colleague.present))
        }
        _ => None,
    })
    .await
}

async fn availability(visitor: &mut Connection, wanted: impl Fn(&Availability) -> bool) -> Availability {
    find(visitor, |frame| match frame {
        ServerFrame::Availability(availability) if wanted(&availability) => Some(availability),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn colleagues_see_who_is_here_and_who_takes_conversations() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (grace, token) = gateway.colleague(&tenant, "Grace").await;
    let mut agent = gateway.agent(&tenant).await;
    let mut abroad = gateway.agent(&other).await;
    let mut first = gateway.socket().await;
    let welcome = first.hello(agent_hello(&token)).await.unwrap().agent.unwrap();
    assert_eq!(welcome.availability, AgentAvailability::Online);
    let colleague =
        |id, name: &str, present| Colleague { id, name: name.into(), availability: AgentAvailability::Online, present };
    assert_eq!(welcome.colleagues, [colleague(grace, "Grace", true), colleague(tenant.owner(), "Shop's owner", true)]);
    assert_eq!(presence(&mut agent, grace).await, (AgentAvailability::Online, true));

    // A second socket is nobody new; what is chosen is kept over reconnects.
    let mut second = gateway.socket().await;
    second.hello(agent_hello(&token)).await.unwrap();
    reply!(second, AWAY, Done);
    assert_eq!(presence(&mut agent, grace).await, (AgentAvailability::Away, true));
    assert_eq!(presence(&mut first, grace).await, (AgentAvailability::Away, true), "their own other socket, too");
    first.close().await.unwrap();
    second.close().await.unwrap();
    assert_eq!(presence(&mut agent, grace).await, (AgentAvailability::Away, false));
    let mut back = gateway.socket().await;
    let welcome = back.hello(agent_hello(&token)).await.unwrap().agent.unwrap();
    assert_eq!(welcome.availability, AgentAvailability::Away);
    assert_eq!(presence(&mut agent, grace).await, (AgentAvailability::Away, true));
    reply!(back, ONLINE, Done);
    assert_eq!(presence(&mut agent, grace).await, (AgentAvailability::Online, true));

    // None of that was for another organization: the first that it hears of anybody is of its own.
    let (ida, token) = gateway.colleague(&other, "Ida").await;
    let mut ida_here = gateway.socket().await;
    let welcome = ida_here.hello(agent_hello(&token)).await.unwrap().agent.unwrap();
    assert_eq!(welcome.colleagues.len(), 2);
    let heard = find(&mut abroad, |frame| match frame {
        // Its own owner's coming may still have been on its way.
        ServerFrame::Colleague(colleague) if colleague.id != other.owner() => Some(colleague.id),
        _ => None,
    })
    .await;
    assert_eq!(heard, ida);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_see_those_who_are_here_and_take_conversations() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (_, token) = gateway.colleague(&tenant, "Grace").await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    assert_eq!(welcome.visitor.unwrap().availability, Availability::default());
    let mut agent = gateway.agent(&tenant).await;
    assert!(availability(&mut visitor, |now| now.online).await.agents.len() == 1);
    let mut grace = gateway.socket().await;
    grace.hello(agent_hello(&token)).await.unwrap();
    let both = availability(&mut visitor, |now| now.agents.len() == 2).await;
    assert_eq!(both.agents.iter().map(|card| card.name.as_str()).collect::<Vec<_>>(), ["Grace", "Shop's owner"]);
    reply!(agent, AWAY, Done);
    let left = availability(&mut visitor, |now| now.agents.len() == 1).await;
    assert_eq!((left.online, left.agents[0].name.as_str()), (true, "Grace"));
    reply!(grace, AWAY, Done);
    assert_eq!(availability(&mut visitor, |now| !now.online).await.agents, []);
    let (_late, welcome) = gateway.visitor(&tenant).await;
    assert!(!welcome.visitor.unwrap().availability.online, "present, but away");
    reply!(agent, ONLINE, Done);
    availability(&mut visitor, |now| now.online).await;
    agent.close().await.unwrap();
    availability(&mut visitor, |now| !now.online).await;
    assert_eq!(refusal(&mut visitor, AWAY).await.code, ErrorCode::Forbidden);
    gateway.stop().await;
}
