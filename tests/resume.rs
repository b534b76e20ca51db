//! Coming back: replay from a cursor, reset without one, and no gap while others write.

use protocol::client::{ClientFrame, Follow, History};
use protocol::connection::Connection;
use protocol::connection::chat::Chat;
use protocol::id::ConversationId;
use protocol::server::{Replay, ServerFrame};
use protocol::value::{Content, Seq};
use tests::gateway::{TestGateway, visitor_hello};

use crate::delivery::{start, stored, text};

async fn fill(visitor: &mut Connection, conversation: ConversationId, count: Seq) {
    for n in 1..=count {
        let reference = visitor.reference();
        visitor.send_frame(&text(conversation, &format!("m{n}"), &format!("line {n}")), reference);
    }
    stored(visitor, &format!("m{count}")).await;
}

/// Follows from `cursor`; the pages of the replay.
async fn replay(socket: &mut Connection, conversation: ConversationId, cursor: Option<Seq>) -> Vec<Replay> {
    let reference = socket.reference();
    socket.send_frame(&ClientFrame::Follow(Follow { conversation, cursor }), reference);
    let mut pages = Vec::new();
    loop {
        match socket.next().await.unwrap() {
            (got, ServerFrame::Replay(page)) if got == reference => {
                let more = page.more;
                pages.push(page);
                if !more {
                    return pages;
                }
            }
            (_, ServerFrame::Replay(_)) => panic!("a replay that nobody asked for"),
            _ => {}
        }
    }
}

fn seqs(pages: &[Replay]) -> Vec<Seq> {
    pages.iter().flat_map(|page| &page.entries).map(|entry| entry.seq.unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_brings_just_what_comes_after_it_in_bounded_pages() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    fill(&mut visitor, conversation, 250).await;
    let mut agent = gateway.agent(&tenant).await;

    let all = replay(&mut agent, conversation, Some(0)).await;
    assert_eq!(seqs(&all), (1..=250).collect::<Vec<_>>());
    assert!(all.len() >= 3 && all.iter().all(|page| !page.reset && page.entries.len() <= 100));
    assert_eq!(seqs(&replay(&mut agent, conversation, Some(248)).await), [249, 250]);
    let none = replay(&mut agent, conversation, Some(250)).await;
    assert_eq!((seqs(&none), none[0].reset, none[0].summary.head), (vec![], false, 250));

    // No cursor, or one from a log that this is not: the newest page, and the word to forget the rest.
    for cursor in [None, Some(251), Some((1 << 53) - 1)] {
        let newest = replay(&mut agent, conversation, cursor).await;
        assert!(newest[0].reset, "{cursor:?}");
        assert_eq!(seqs(&newest), (201..=250).collect::<Vec<_>>(), "{cursor:?}");
    }

    let older = History { conversation, before: 201, limit: Some(100) };
    let ServerFrame::HistoryPage(page) = agent.request(&older.into()).await.unwrap() else { panic!() };
    let seqs: Vec<Seq> = page.entries.iter().filter_map(|entry| entry.seq).collect();
    assert_eq!((seqs, page.more), ((101..=200).collect::<Vec<_>>(), true));
    let first = History { conversation, before: 101, limit: Some(100) };
    let ServerFrame::HistoryPage(page) = agent.request(&first.into()).await.unwrap() else { panic!() };
    assert!(page.entries.len() == 100 && !page.more);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_texts_make_short_pages() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    let long = "ü".repeat(protocol::limit::TEXT_BYTES / 2);
    for n in 1..=8 {
        visitor.request(&text(conversation, &format!("m{n}"), &long)).await.unwrap();
    }
    stored(&mut visitor, "m8").await;
    let mut agent = gateway.agent(&tenant).await;
    let pages = replay(&mut agent, conversation, Some(0)).await;
    assert_eq!(seqs(&pages), (1..=8).collect::<Vec<_>>());
    for page in &pages {
        let bytes: usize = page.entries.iter().filter_map(|entry| entry.content.text.as_ref()).map(String::len).sum();
        assert!(bytes <= 48 * 1024, "a page of {bytes} bytes");
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_returning_visitor_gets_the_open_conversation_with_the_welcome() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    let first = welcome.visitor.unwrap();
    let token = first.token.unwrap();
    let conversation = start(&mut visitor).await;
    fill(&mut visitor, conversation, 3).await;
    drop(visitor);

    let mut back = gateway.socket().await;
    let welcome = back.hello(visitor_hello(&tenant.widget_key, Some(&token))).await.unwrap().visitor.unwrap();
    assert_eq!((welcome.visitor, welcome.token), (first.visitor, None));
    assert_eq!(welcome.conversation.map(|summary| (summary.conversation, summary.head)), Some((conversation, 3)));
    let (_, frame) = back.next().await.unwrap();
    let ServerFrame::Replay(page) = frame else { panic!("{frame:?}") };
    assert!(page.reset && !page.more);
    assert_eq!(seqs(&[page]), [1, 2, 3]);
    gateway.stop().await;
}

/// A reader that loses its socket again and again while others write ends up with the whole log.
#[tokio::test(flavor = "multi_thread")]
async fn however_often_a_reader_is_cut_off_its_log_is_the_databases() {
    const MESSAGES: usize = 400;
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let mut visitor = gateway.visitor_chat(&tenant);
    let conversation = visitor.start(None, vec![]).await.unwrap();
    let mut agent = gateway.agent_chat(&tenant);
    agent.follow(conversation);

    let writing = async {
        for n in 0..MESSAGES {
            visitor.send(conversation, Content::text(format!("line {n}")));
            if n % 25 == 24 {
                visitor.settle().await.unwrap();
            }
            if n % 90 == 89 {
                visitor.send(conversation, Content::text(format!("cut {n}")));
                visitor.disconnect();
            }
        }
        visitor.settle().await.unwrap();
    };
    let reading = async {
        for goal in (20..MESSAGES).step_by(20) {
            let sockets = agent.sockets();
            let caught_up = |chat: &Chat| chat.log(conversation).is_some_and(|log| log.entries().len() >= goal);
            agent.until(|chat| chat.sockets() > sockets && caught_up(chat)).await.unwrap();
            agent.disconnect();
        }
        let done = MESSAGES + MESSAGES / 90;
        agent.until(|chat| chat.log(conversation).is_some_and(|log| log.entries().len() >= done)).await.unwrap();
    };
    tokio::join!(writing, reading);

    let stored = gateway.database.entries(conversation).await;
    assert_eq!(stored.iter().map(|(seq, ..)| *seq).collect::<Vec<_>>(), (1..=stored.len() as Seq).collect::<Vec<_>>());
    assert_eq!(stored.len(), MESSAGES + MESSAGES / 90);
    let seen = |chat: &Chat| -> Vec<(Seq, String, String)> {
        let log = chat.log(conversation).unwrap();
        assert!(log.pending().is_empty());
        log.entries()
            .iter()
            .map(|entry| (entry.seq.unwrap(), entry.client_id.clone(), entry.content.text.clone().unwrap()))
            .collect()
    };
    assert_eq!(seen(&agent), stored);
    assert_eq!(seen(&visitor), stored);
    assert!(agent.sockets() > 15 && visitor.sockets() > 4);
    gateway.stop().await;
}
