//! Read receipts: the furthest wins, never beyond the head, never back.

use protocol::id::ConversationId;
use protocol::value::{Participant, Seq};
use storage::{NewRead, Write, Writer};

use super::{Shop, at_once, batches_of, shop, submit, visitor};

fn read(shop: &Shop, writer: &Writer, conversation: ConversationId, participant: &Participant, seq: Seq) {
    let (organization, participant) = (shop.organization, participant.clone());
    writer.reserve(organization, 1).unwrap().submit(Write::Read(NewRead {
        organization,
        conversation,
        participant,
        seq,
    }));
}

#[tokio::test]
async fn reads_of_a_batch_become_one_that_is_clamped_and_never_lowered() {
    let (database, shop) = shop().await;
    let guest = shop.visitor().await;
    let conversation = shop.conversation_of(guest, "c").await;
    let (agent, guest) = (shop.agent(), visitor(guest));
    let (writer, mut announced) = Writer::start(database.config(), at_once());
    submit(&writer, (0..5).map(|number| shop.text(conversation, &agent, &number.to_string())));
    let committed = announced.recv().await.unwrap();
    let (_, summary) = &committed.summaries[0];
    // Whoever writes has read what stands before.
    assert_eq!((summary.head, summary.visitor_read, summary.agent_read), (5, 0, 5));

    for seq in [1, 4, 2, 3, 0] {
        read(&shop, &writer, conversation, &guest, seq);
    }
    let committed = announced.recv().await.unwrap();
    assert_eq!((committed.stored.len(), committed.summaries.len()), (0, 1));
    assert_eq!(committed.summaries[0].1.visitor_read, 4);
    let told: Vec<_> = committed.read.iter().map(|read| (read.participant.id, read.seq)).collect();
    assert_eq!(told, [(guest.id, 4)]);

    for seq in [1, 2, 3, 1, 2] {
        read(&shop, &writer, conversation, &guest, seq);
    }
    let committed = announced.recv().await.unwrap();
    assert_eq!((committed.read, committed.summaries), (vec![], vec![]), "nothing changed");

    for seq in [u64::MAX, 1, 99, 5, 2] {
        read(&shop, &writer, conversation, &guest, seq);
    }
    let committed = announced.recv().await.unwrap();
    assert_eq!((committed.summaries[0].1.visitor_read, committed.read[0].seq), (5, 5));

    let receipts = shop.receipts(conversation).await;
    let mut seen: Vec<_> = receipts.iter().map(|receipt| (receipt.participant.id, receipt.seq)).collect();
    seen.sort();
    let mut wanted = vec![(agent.id, 5), (guest.id, 5)];
    wanted.sort();
    assert_eq!(seen, wanted);
    let name = receipts.iter().find(|receipt| receipt.participant.id == agent.id).unwrap();
    assert_eq!(name.participant.name.as_deref(), Some("Olga"));
}

#[tokio::test]
async fn two_agents_have_each_read_their_own_way() {
    let (database, shop) = shop().await;
    let guest = shop.visitor().await;
    let conversation = shop.conversation_of(guest, "c").await;
    let (one, other) = (super::anybody(), super::anybody());
    let (writer, mut announced) = Writer::start(database.config(), at_once());
    submit(&writer, (0..3).map(|number| shop.text(conversation, &visitor(guest), &number.to_string())));
    announced.recv().await.unwrap();
    read(&shop, &writer, conversation, &one, 3);
    read(&shop, &writer, conversation, &other, 1);
    read(&shop, &writer, conversation, &other, 2);
    let committed = announced.recv().await.unwrap();
    assert_eq!((committed.summaries[0].1.agent_read, committed.read.len()), (3, 2));
    // The second's way does not show in the summary, and is announced all the same.
    read(&shop, &writer, conversation, &other, 1);
    read(&shop, &writer, conversation, &other, 3);
    read(&shop, &writer, conversation, &one, 3);
    let committed = announced.recv().await.unwrap();
    let told: Vec<_> = committed.read.iter().map(|read| (read.participant.id, read.seq)).collect();
    assert_eq!((told, committed.summaries), (vec![(other.id, 3)], vec![]));
    let receipts = shop.receipts(conversation).await;
    let seq_of = |who: &Participant| receipts.iter().find(|receipt| receipt.participant.id == who.id).unwrap().seq;
    assert_eq!((seq_of(&one), seq_of(&other), seq_of(&visitor(guest))), (3, 3, 3));
}

#[tokio::test]
async fn a_read_of_nothing_and_of_a_foreign_conversation_are_passed_over() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (ours, theirs) = (shop.conversation().await, other.conversation().await);
    let (writer, mut announced) = Writer::start(database.config(), batches_of(3));
    read(&shop, &writer, theirs, &shop.agent(), 1);
    read(&shop, &writer, ours, &shop.agent(), 7);
    submit(&writer, [shop.text(ours, &shop.agent(), "hello")]);
    let committed = announced.recv().await.unwrap();
    assert_eq!((committed.stored.len(), committed.rejected.len(), committed.summaries.len()), (1, 0, 1));
    assert_eq!(committed.read, []);
    assert!(other.receipts(theirs).await.is_empty());
}
