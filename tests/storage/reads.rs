//! Read receipts: the furthest wins, never beyond the head, never back.

use protocol::id::ConversationId;
use protocol::value::{Participant, Seq};
use storage::{NewRead, Write, Writer};
use tokio_postgres::Client;

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

/// How far whom has read, as whoever comes back is told, and how many rows there are besides the conversation's.
async fn kept(shop: &Shop, client: &Client, conversation: ConversationId, who: [&Participant; 2]) -> ([Seq; 2], i64) {
    let receipts = shop.receipts(conversation).await;
    let seq_of = |who: &Participant| {
        let mut of_them = receipts.iter().filter(|receipt| receipt.participant.id == who.id);
        let seq = of_them.next().map_or(0, |receipt| receipt.seq);
        assert_eq!(of_them.next(), None, "each is told once");
        seq
    };
    let sql = "select count(*) from participants where conversation_id = $1";
    let rows = client.query_one(sql, &[&conversation.0]).await.unwrap();
    (who.map(seq_of), rows.get(0))
}

/// The furthest stands in the conversation's row, the others in rows of their own.
#[tokio::test]
async fn agents_who_overtake_each_other_keep_their_places() {
    let (database, shop) = shop().await;
    let guest = shop.visitor().await;
    let conversation = shop.conversation_of(guest, "c").await;
    let (one, other) = (super::anybody(), super::anybody());
    let client = database.client().await;
    let (writer, mut announced) = Writer::start(database.config(), batches_of(1));
    submit(&writer, (0..9).map(|number| shop.text(conversation, &visitor(guest), &number.to_string())));
    while announced.recv().await.unwrap().summaries[0].1.head < 9 {}
    let steps = [
        (&one, 3, [3, 0], 0, true),
        (&one, 4, [4, 0], 0, true),
        (&other, 2, [4, 2], 1, true),
        (&other, 1, [4, 2], 1, false),
        (&other, 6, [4, 6], 2, true),
        (&one, 5, [5, 6], 2, true),
        (&other, 6, [5, 6], 2, false),
        (&one, 6, [6, 6], 2, true),
        (&one, 8, [8, 6], 2, true),
        (&one, 7, [8, 6], 2, false),
    ];
    for (who, seq, places, rows, further) in steps {
        read(&shop, &writer, conversation, who, seq);
        let told: Vec<_> = announced.recv().await.unwrap().read.iter().map(|read| read.seq).collect();
        assert_eq!(told, if further { vec![seq] } else { vec![] }, "{seq}");
        assert_eq!(kept(&shop, &client, conversation, [&one, &other]).await, (places, rows), "{seq}");
    }
    // From before the row said who is furthest.
    client.execute("update conversations set agent_read_id = null", &[]).await.unwrap();
    client.execute("update participants set last_read_seq = 8 where participant_id = $1", &[&one.id.0]).await.unwrap();
    assert_eq!(kept(&shop, &client, conversation, [&one, &other]).await, ([8, 6], 2));
    read(&shop, &writer, conversation, &other, 9);
    announced.recv().await.unwrap();
    assert_eq!(kept(&shop, &client, conversation, [&one, &other]).await, ([8, 9], 2));
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
