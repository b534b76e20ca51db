//! Sockets break at every point of an exchange, by a thousand random schedules: a visitor and an agent talk over lines
//! that are cut before, inside and behind chosen frames, several times in a row. However that goes, both have the log
//! in the end that Postgres has, and it holds what they said: nothing missing, doubled or out of order.
//!
//! `CHATDESK_SCHEDULES` sets how many, `CHATDESK_SEED` which ones. What fails is shrunk to the least that still does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use protocol::connection::Options;
use protocol::connection::chat::Chat;
use protocol::id::ConversationId;
use protocol::value::{Content, EntryKind, Seq};
use tests::gateway::{Tenant, TestGateway};
use tests::line::{Cut, Line, Place};
use tests::records::Row;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// Schedules that are run.
const SCHEDULES: u32 = 1_000;
/// Schedules that are under way at once: most of the time each waits for its next socket.
const AT_ONCE: u32 = 20;
/// Which schedules.
const SEED: u64 = 4;
/// Most runs that shrinking may take.
const SHRINKING: u32 = 200;
/// No schedule takes longer, however often it is cut.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a random generator's seed.
const SEED_BYTES: usize = 32;

/// The frames at which lines are cut, and how many of them a schedule may let pass before.
const FRAMES: &[(&str, u32)] = &[
    ("hello", 2),
    ("welcome", 2),
    ("start", 1),
    ("started", 1),
    ("send", 6),
    ("routed", 6),
    ("entry", 6),
    ("stored", 8),
    ("follow", 1),
    ("replay", 3),
];
/// A frame that only one side sees, and that side.
const ONE_SIDED: &[(&str, Side)] = &[("start", Side::Visitor), ("started", Side::Visitor), ("follow", Side::Agent)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Visitor,
    Agent,
}

/// What one side does.
#[derive(Clone, Debug)]
struct Part {
    turns: Vec<Turn>,
    cuts: Vec<Cut>,
}

/// Some messages in one go.
#[derive(Clone, Copy, Debug)]
struct Turn {
    messages: usize,
    /// Whether they are notes, if the side may write any.
    notes: bool,
    /// Whether the side waits until they are stored before it goes on.
    settle: bool,
}

fn op(name: &str) -> u16 {
    let ops = protocol::client::ClientFrame::OPS.iter().chain(protocol::server::ServerFrame::OPS);
    ops.clone().find(|(_, other)| *other == name).expect("a frame's name").0
}

fn frames_of(side: Side) -> Vec<(&'static str, u32)> {
    let other = |name: &str| ONE_SIDED.iter().any(|(one, of)| *one == name && *of != side);
    FRAMES.iter().copied().filter(|(name, _)| !other(name)).collect()
}

fn cut(side: Side) -> impl Strategy<Value = Cut> {
    let places = prop::sample::select(vec![Place::Before, Place::Inside, Place::Behind]);
    let frames = prop::sample::select(frames_of(side)).prop_flat_map(|(name, most)| (Just(op(name)), 1..=most));
    (frames, places, any::<bool>()).prop_map(|((op, nth), place, reset)| Cut { op, nth, place, reset })
}

fn part(side: Side) -> impl Strategy<Value = Part> {
    let turn = (1..=4_usize, any::<bool>(), any::<bool>());
    let turn =
        turn.prop_map(move |(messages, notes, settle)| Turn { messages, notes: notes && side == Side::Agent, settle });
    let (turns, cuts) = (prop::collection::vec(turn, 0..=4), prop::collection::vec(cut(side), 0..=5));
    (turns, cuts).prop_map(|(turns, cuts)| Part { turns, cuts })
}

/// What all schedules share.
struct World {
    gateway: TestGateway,
    rows: tokio_postgres::Client,
    /// How often a line was cut at each point.
    cuts: Mutex<BTreeMap<(u16, Place), u32>>,
    entries: Mutex<u64>,
}

fn expected(name: &str, part: &Part) -> Vec<String> {
    let total = part.turns.iter().map(|turn| turn.messages).sum();
    (0..total).map(|n| format!("{name} {n}")).collect()
}

/// Says what `part` has, and then listens until the whole log of `total` entries is there.
async fn play(chat: &mut Chat, conversation: ConversationId, name: &str, part: &Part, total: usize) {
    chat.follow(conversation);
    let mut texts = expected(name, part).into_iter();
    for turn in &part.turns {
        for text in texts.by_ref().take(turn.messages) {
            chat.send(conversation, if turn.notes { Content::note(text) } else { Content::text(text) });
        }
        if turn.settle {
            chat.settle().await.expect("a cut is no refusal");
        }
    }
    let complete = |chat: &Chat| {
        let log = chat.log(conversation).expect("it is followed");
        chat.outbox().unstored() == 0 && log.live() && log.entries().len() >= total && log.pending().is_empty()
    };
    chat.until(complete).await.expect("a cut is no refusal");
}

fn held(chat: &Chat, conversation: ConversationId) -> Vec<Row> {
    let entries = chat.log(conversation).expect("it is followed").entries().iter();
    entries.map(Row::from).collect()
}

impl World {
    async fn run(&self, tenant: &Tenant, visitor: &Part, agent: &Part) -> Result<(), TestCaseError> {
        let address = self.gateway.address();
        let lines = [Line::open(address, &visitor.cuts).await, Line::open(address, &agent.cuts).await];
        let mut chats = (
            Chat::visitor(&lines[0].ws(), Options::default(), &tenant.widget_key),
            Chat::agent(&lines[1].ws(), Options::default(), &tenant.token),
        );
        let said = [expected("visitor", visitor), expected("agent", agent)];
        let total = said.iter().map(Vec::len).sum();
        let talk = async {
            let started = tokio::select! {
                started = chats.0.start(None, vec![]) => started,
                outcome = chats.1.until(|_| false) => panic!("{outcome:?}"),
            };
            let conversation = started.expect("a cut is no refusal");
            let sides = play(&mut chats.0, conversation, "visitor", visitor, total);
            tokio::join!(sides, play(&mut chats.1, conversation, "agent", agent, total));
            conversation
        };
        let Ok(conversation) = timeout(PATIENCE, talk).await else {
            return Err(TestCaseError::fail(format!("it does not end: {chats:#?}")));
        };

        let stored = tests::records::rows(&self.rows, conversation).await;
        prop_assert_eq!(stored.iter().map(|row| row.seq).collect::<Vec<_>>(), (1..=total as Seq).collect::<Vec<_>>());
        for (name, texts) in ["visitor", "agent"].iter().zip(&said) {
            let own = stored.iter().map(|row| &row.text).filter(|text| text.starts_with(name)).collect::<Vec<_>>();
            prop_assert_eq!(own, texts.iter().collect::<Vec<_>>(), "the {}'s order", name);
        }
        prop_assert_eq!(held(&chats.1, conversation), stored.clone(), "the agent's log");
        let seen = stored.into_iter().map(|row| match row.kind {
            EntryKind::Note => Row { kind: EntryKind::Hidden, text: String::new(), ..row },
            _ => row,
        });
        prop_assert_eq!(held(&chats.0, conversation), seen.collect::<Vec<_>>(), "the visitor's log");

        let mut cuts = self.cuts.lock().unwrap_or_else(PoisonError::into_inner);
        for cut in lines.iter().flat_map(Line::made) {
            *cuts.entry((cut.op, cut.place)).or_default() += 1;
        }
        *self.entries.lock().unwrap_or_else(PoisonError::into_inner) += total as u64;
        Ok(())
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// A runner of its own for each share of the schedules, so that they run side by side.
fn runner(cases: u32, seed: u64, share: u32) -> TestRunner {
    let mut bytes = [0; SEED_BYTES];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..12].copy_from_slice(&share.to_le_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: SHRINKING, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

#[test]
fn wherever_sockets_break_both_logs_are_the_databases() {
    let schedules = u32::try_from(number("CHATDESK_SCHEDULES", SCHEDULES.into())).expect("a few");
    let seed = number("CHATDESK_SEED", SEED);
    let runtime = Runtime::new().expect("a runtime starts");
    let (world, tenants) = runtime.block_on(async {
        let gateway = TestGateway::with(&["--sessions-per-minute", "4000000000"]).await;
        let mut tenants = Vec::new();
        for share in 0..AT_ONCE.min(schedules) {
            tenants.push(gateway.tenant(&format!("Shop-{share}")).await);
        }
        let rows = gateway.database.client().await;
        let world = World { gateway, rows, cuts: Mutex::default(), entries: Mutex::default() };
        (world, tenants)
    });

    let share = schedules.div_ceil(AT_ONCE);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let (world, runtime) = (&world, &runtime);
        let run = |(n, tenant)| {
            move || {
                let parts = (part(Side::Visitor), part(Side::Agent));
                let outcome = runner(share, seed, n)
                    .run(&parts, |(visitor, agent)| runtime.block_on(world.run(tenant, &visitor, &agent)));
                outcome.err().map(|error| match error {
                    TestError::Fail(reason, schedule) => format!("{schedule:#?}\n{reason}"),
                    TestError::Abort(reason) => reason.to_string(),
                })
            }
        };
        let threads: Vec<_> = (0..).zip(&tenants).map(|shared| scope.spawn(run(shared))).collect();
        threads.into_iter().filter_map(|thread| thread.join().expect("a runner catches panics")).collect()
    });
    assert!(failures.is_empty(), "with CHATDESK_SEED={seed}:\n{}", failures.join("\n"));

    let cuts = world.cuts.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{} cuts: {cuts:?}", cuts.values().sum::<u32>());
    if schedules >= SCHEDULES {
        let places = [Place::Before, Place::Inside, Place::Behind];
        let points = FRAMES.iter().flat_map(|(name, _)| places.map(|place| (op(name), place)));
        let never: BTreeSet<_> = points.filter(|point| !cuts.contains_key(point)).collect();
        assert!(never.is_empty(), "no line was ever cut at {never:?}");
    }
    runtime.block_on(async {
        // Nothing came late, in any of them.
        let stored: i64 = world.rows.query_one("select count(*) from entries", &[]).await.expect("it answers").get(0);
        assert_eq!(stored as u64, world.entries.into_inner().unwrap_or_else(PoisonError::into_inner));
        world.gateway.stop().await;
    });
}
