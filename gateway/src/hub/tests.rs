use bytes::Bytes;
use protocol::id::{ConversationId, MemberId};
use protocol::value::{AgentAvailability, AgentCard, Colleague};

use super::*;

fn queue(id: SocketId) -> Arc<SendQueue> {
    Arc::new(SendQueue::new(id, QueueLimits::default()))
}

fn ids() -> (OrganizationId, ConversationId) {
    (OrganizationId::generate(), ConversationId::generate())
}

#[test]
fn a_publication_reaches_each_audience_with_its_view_and_skips_its_sender() {
    let hub = Hub::default();
    let (organization, conversation) = ids();
    let topic = Topic::Conversation(organization, conversation);
    let (visitor, agent, sender) = (queue(1), queue(2), queue(3));
    hub.follow(topic, &visitor, Audience::Visitor);
    hub.follow(topic, &agent, Audience::Agent);
    hub.follow(topic, &sender, Audience::Agent);
    let publication = Publication::durable_for(Bytes::from_static(b"hidden"), Bytes::from_static(b"note"));
    assert!(hub.publish(topic, &publication, 3));
    assert_eq!(visitor.take_now().frames, [Bytes::from_static(b"hidden")]);
    assert_eq!(agent.take_now().frames, [Bytes::from_static(b"note")]);
    assert!(sender.take_now().frames.is_empty());
}

#[test]
fn the_same_conversation_id_in_another_organization_is_another_topic() {
    let hub = Hub::default();
    let (organization, conversation) = ids();
    let follower = queue(1);
    hub.follow(Topic::Conversation(organization, conversation), &follower, Audience::Agent);
    let foreign = Topic::Conversation(OrganizationId::generate(), conversation);
    hub.publish(foreign, &Publication::durable(Bytes::from_static(b"x")), 0);
    assert!(follower.take_now().frames.is_empty());
}

#[test]
fn a_socket_that_left_follows_nothing_and_leaves_no_empty_topic() {
    let hub = Hub::default();
    let (organization, conversation) = ids();
    let topic = Topic::Conversation(organization, conversation);
    let follower = queue(1);
    hub.connect(&follower);
    hub.follow(topic, &follower, Audience::Agent);
    hub.follow(topic, &follower, Audience::Agent);
    hub.disconnect(1, [topic]);
    assert!(!hub.publish(topic, &Publication::durable(Bytes::from_static(b"x")), 1));
    assert_eq!((hub.followers.len(), hub.sockets.len()), (0, 0));
}

#[test]
fn a_conversation_that_ends_says_so_last_and_is_followed_by_nobody() {
    let hub = Hub::default();
    let (organization, conversation) = ids();
    let topic = Topic::Conversation(organization, conversation);
    let (follower, other) = (queue(1), queue(2));
    for follower in [&follower, &other] {
        hub.connect(follower);
        hub.follow(topic, follower, Audience::Agent);
    }
    hub.follow(Topic::Conversation(organization, ConversationId::generate()), &other, Audience::Agent);
    // One is in the middle of a replay.
    follower.hold(conversation);
    hub.publish(topic, &Publication::durable(Bytes::from_static(b"held")), 0);
    hub.end(OrganizationId::generate(), conversation, &Bytes::from_static(b"another's"));
    hub.end(organization, conversation, &Bytes::from_static(b"gone"));
    assert!(!hub.is_followed(topic));
    hub.publish(topic, &Publication::durable(Bytes::from_static(b"late")), 0);
    assert_eq!(follower.take_now().frames, [Bytes::from_static(b"gone")]);
    assert_eq!(other.take_now().frames, [Bytes::from_static(b"held"), Bytes::from_static(b"gone")]);
    assert_eq!((follower.take_ended(), follower.take_ended()), (vec![conversation], vec![]));
    let mut followed = Vec::new();
    hub.for_each_socket(|queue, of| followed.push((queue.id(), of.map_or(0, |of| of.turn(9).len()))));
    followed.sort_unstable();
    assert_eq!(followed, [(1, 0), (2, 1)]);
}

#[test]
fn a_member_is_here_until_the_last_socket_leaves() {
    let hub = Hub::default();
    let organization = OrganizationId::generate();
    let card = AgentCard { id: MemberId::generate(), name: "Ada".into() };
    assert!(hub.arrive(organization, &card, AgentAvailability::Online));
    assert!(!hub.arrive(organization, &card, AgentAvailability::Away), "what was chosen stands");
    assert!(!hub.leave(organization, card.id));
    assert_eq!(hub.answering(organization, 5), std::slice::from_ref(&card));
    assert!(hub.leave(organization, card.id));
    assert!(hub.answering(organization, 5).is_empty() && hub.present.is_empty());
}

#[test]
fn visitors_see_those_who_chose_to_answer_and_colleagues_see_all() {
    let hub = Hub::default();
    let organization = OrganizationId::generate();
    let card = AgentCard { id: MemberId::generate(), name: "Ada".into() };
    let colleague = queue(1);
    hub.follow(Topic::Inbox(organization), &colleague, Audience::Agent);
    assert!(!hub.arrive(organization, &card, AgentAvailability::Away), "nothing changes for visitors");
    assert!(hub.answering(organization, 5).is_empty());
    assert_eq!(colleague.take_now().frames.len(), 1);
    assert!(hub.choose(organization, card.id, AgentAvailability::Online));
    assert!(!hub.choose(organization, card.id, AgentAvailability::Online));
    assert_eq!(hub.chosen(organization, card.id), Some(AgentAvailability::Online));
    assert!(hub.choose(organization, card.id, AgentAvailability::Away));
    assert!(!hub.leave(organization, card.id), "nobody answered before");
    let shown = Colleague { id: card.id, name: card.name, availability: AgentAvailability::Away, present: false };
    assert_eq!(colleague.take_now().frames, [protocol::server::ServerFrame::from(shown).encode(0)]);
    assert_eq!(hub.chosen(organization, card.id), None);
}

#[test]
fn a_drafts_visitors_view_is_its_own() {
    let hub = Hub::default();
    let (organization, conversation) = ids();
    let topic = Topic::Conversation(organization, conversation);
    let (visitor, agent) = (queue(1), queue(2));
    hub.follow(topic, &visitor, Audience::Visitor);
    hub.follow(topic, &agent, Audience::Agent);
    let key = Key::Typing(conversation, protocol::id::ParticipantId(uuid::Uuid::nil()));
    let publication = Publication::latest_for(key, Bytes::from_static(b"typing"), Bytes::from_static(b"draft"));
    hub.publish(topic, &publication, 0);
    assert_eq!(visitor.take_now().frames, [Bytes::from_static(b"typing")]);
    assert_eq!(agent.take_now().frames, [Bytes::from_static(b"draft")]);
}

#[test]
fn sockets_that_stand_for_somebody_else_are_closed_and_of_two_that_change_at_once_one_stays() {
    let hub = Hub::default();
    let sockets = [queue(1), queue(2), queue(3)];
    let topic = Topic::Session([7; 32]);
    let (former, now) = (VisitorId::generate(), VisitorId::generate());
    for socket in &sockets {
        hub.connect(socket);
        hub.follow(topic, socket, Audience::Visitor);
    }
    // The third has not been greeted yet: whoever it becomes was looked up before.
    hub.stand_for(1, former);
    hub.stand_for(2, former);
    hub.stand_for(1, now);
    hub.stand_for(2, now);
    hub.close_others(topic, now, CloseCode::Identified);
    hub.close_others(topic, now, CloseCode::Identified);
    assert_eq!(sockets.map(|socket| socket.take_now().close), [None, None, Some(CloseCode::Identified)]);
    hub.close_others(topic, former, CloseCode::Identified);
    hub.close(topic, CloseCode::Unauthenticated);
    assert!(hub.socket(1).is_some_and(|socket| socket.take_now().close == Some(CloseCode::Identified)));
}

#[test]
fn followed_conversations_are_known_by_socket_while_it_follows_them() {
    let hub = Hub::default();
    let (organization, conversation) = ids();
    let follower = queue(1);
    hub.connect(&follower);
    hub.follow(Topic::Widgets(organization), &follower, Audience::Visitor);
    let followed = |hub: &Hub| {
        let mut all = Vec::new();
        hub.for_each_socket(|_, followed| all.extend(followed.map(|followed| followed.turn(9))));
        all
    };
    assert!(followed(&hub).is_empty());
    let topic = Topic::Conversation(organization, conversation);
    hub.follow(topic, &follower, Audience::Visitor);
    assert_eq!(followed(&hub), [vec![conversation]]);
    hub.unfollow(topic, 1);
    assert!(followed(&hub).is_empty());
}

#[tokio::test]
async fn a_frame_that_nobody_waits_for_goes_out_by_itself_a_little_later() {
    let (hub, queue) = (Hub::default(), queue(1));
    let taken = async {
        hub.push_unhurried(&queue, Bytes::from_static(b"routed"));
        let mut frames = Vec::new();
        std::future::poll_fn(|context| queue.poll_take(context, &mut frames, 0)).await;
        frames
    };
    tokio::select! {
        frames = taken => assert_eq!(frames, [Bytes::from_static(b"routed")]),
        never = hub.hurry() => match never {},
    }
}
