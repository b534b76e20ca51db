//! The inbox's filters and counts, held against what a test knows of each conversation: whatever the combination of
//! filters, and however its conversations changed and went.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::id::{ConversationId, DepartmentId, MemberId, VisitorId};
use protocol::value::{
    Content, ConversationStatus, Department, DepartmentCount, InboxCounts, Member, Millis, Participant, Priority, Role,
};
use serde_json::{Value, json};
use storage::{Erasure, Expiring, InboxFilter, NewConversation, NewEntry, NewMember, Retention, Writer, WriterConfig};
use tokio_postgres::Client;

use super::writer::receipts;
use super::{Shop, shop, submit};

const STATUSES: [ConversationStatus; 4] =
    [ConversationStatus::Open, ConversationStatus::Pending, ConversationStatus::Snoozed, ConversationStatus::Resolved];
const PRIORITIES: [Priority; 5] = [Priority::None, Priority::Low, Priority::Medium, Priority::High, Priority::Urgent];

/// A generator of numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    /// One of these, or nothing, which is as likely as each of them.
    fn maybe<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.roll(from.len() + 1)).copied()
    }
}

/// What the test knows of a conversation.
#[derive(Clone, Copy)]
struct Model {
    visitor: VisitorId,
    status: ConversationStatus,
    assignee: Option<MemberId>,
    department: Option<DepartmentId>,
    priority: Priority,
    updated_at: Millis,
}

impl Model {
    fn matches(&self, filter: &InboxFilter) -> bool {
        filter.status.is_none_or(|status| status == self.status)
            && filter.assigned.is_none_or(|assignee| assignee == self.assignee)
            && filter.department.is_none_or(|department| Some(department) == self.department)
            && filter.priority.is_none_or(|priority| priority == self.priority)
    }
}

/// As a word on the wire, which is how it stands in its column.
fn word(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn departments(shop: &Shop, names: &[&str]) -> Vec<DepartmentId> {
    let mut config = shop.storage.find_widget_of(shop.organization).await.unwrap().unwrap().config;
    config.departments.retain(|department| names.contains(&department.name.as_str()));
    for name in names {
        if !config.departments.iter().any(|department| department.name == *name) {
            config.departments.push(Department { id: None, name: (*name).into() });
        }
    }
    let saved = shop.storage.save_widget_config(shop.organization, &config).await.unwrap();
    saved.departments.into_iter().filter_map(|department| department.id).collect()
}

async fn hire(shop: &Shop, name: &str) -> MemberId {
    let email = format!("{}@shop.example", uuid::Uuid::new_v4().simple());
    let new = NewMember { name, email: &email, password_hash: "hash", role: Role::Agent };
    let Member { id, .. } = shop.storage.create_member(shop.organization, &new).await.unwrap();
    id
}

/// Conversations with anything, several of them updated in the same millisecond.
async fn conversations(
    client: &Client,
    shop: &Shop,
    dice: &mut Dice,
    (members, departments): (&[MemberId], &[DepartmentId]),
    count: usize,
) -> BTreeMap<ConversationId, Model> {
    let mut made = BTreeMap::new();
    let mut visitors = vec![];
    for _ in 0..count / 5 {
        visitors.push(shop.visitor().await);
    }
    for number in 0..count {
        let model = Model {
            visitor: dice.pick(&visitors),
            status: dice.pick(&STATUSES),
            assignee: dice.maybe(members),
            department: dice.maybe(departments),
            priority: dice.pick(&PRIORITIES),
            updated_at: 1_700_000_000_000 + dice.roll(count / 3) as Millis,
        };
        let (client_id, department) = (number.to_string(), model.department);
        let new = NewConversation { visitor: model.visitor, client_id: &client_id, department, answers: &[] };
        let started = shop.storage.start_conversation(shop.organization, &new).await.unwrap();
        let id = started.summary.conversation;
        let sql = "update conversations set status = $2, assignee_id = $3, priority = $4,
                updated_at = to_timestamp(0) + $5::bigint * interval '1 millisecond' where id = $1";
        let (status, priority, at) =
            (word(&json!(model.status)), word(&json!(model.priority)), model.updated_at as i64);
        client.execute(sql, &[&id.0, &status, &model.assignee.map(|id| id.0), &priority, &at]).await.unwrap();
        made.insert(id, model);
    }
    made
}

/// All that a filter lets through, by pages of seven.
async fn listed(shop: &Shop, filter: &InboxFilter) -> Vec<ConversationId> {
    let (mut listed, mut after) = (vec![], None);
    loop {
        let (page, more) = shop.storage.inbox(shop.organization, filter, after, 7).await.unwrap();
        assert!(page.len() == 7 || !more && page.len() < 7, "only the last page is short: {filter:?}");
        listed.extend(page.iter().map(|summary| summary.conversation));
        after = page.last().map(|last| (last.updated_at, last.conversation));
        if !more {
            return listed;
        }
    }
}

fn or_all<T: Copy>(values: &[T]) -> Vec<Option<T>> {
    std::iter::once(None).chain(values.iter().copied().map(Some)).collect()
}

#[tokio::test]
async fn every_combination_of_filters_lists_what_it_should_in_order_and_once() {
    let (database, shop) = shop().await;
    let client = database.client().await;
    let other = Shop::open(&shop.storage).await;
    let members = [shop.owner.id, hire(&shop, "Abel").await, hire(&shop, "Zoe").await];
    let named = departments(&shop, &["Sales", "Repairs"]).await;
    let mut dice = Dice(11);
    let all = conversations(&client, &shop, &mut dice, (&members, &named), 300).await;
    conversations(&client, &other, &mut dice, (&[other.owner.id], &[]), 20).await;
    let moments: std::collections::BTreeSet<Millis> = all.values().map(|model| model.updated_at).collect();
    assert!(moments.len() < 100, "many share a moment");

    let mut assigned = or_all(&members.map(Some));
    assigned.extend([Some(None), Some(Some(other.owner.id))]);
    let mut wanted = or_all(&named);
    wanted.push(Some(DepartmentId::generate()));
    let mut filled = 0;
    for &assigned in &assigned {
        for &department in &wanted {
            for status in or_all(&STATUSES) {
                for priority in or_all(&PRIORITIES) {
                    let filter = InboxFilter { status, assigned, department, priority };
                    let mut expected: Vec<_> = all.iter().filter(|(_, model)| model.matches(&filter)).collect();
                    expected.sort_by_key(|(id, model)| std::cmp::Reverse((model.updated_at, **id)));
                    let expected: Vec<ConversationId> = expected.into_iter().map(|(id, _)| *id).collect();
                    assert_eq!(listed(&shop, &filter).await, expected, "{filter:?}");
                    filled += usize::from(expected.len() > 7);
                }
            }
        }
    }
    assert!(filled > 50, "{filled} combinations have more than a page");
}

/// What the counts must be, for whoever asks.
fn counted(all: &BTreeMap<ConversationId, Model>, member: MemberId) -> InboxCounts {
    let mut counts = InboxCounts::default();
    let mut by_department = BTreeMap::new();
    for model in all.values() {
        match model.status {
            ConversationStatus::Open => {
                counts.open += 1;
                counts.mine += u64::from(model.assignee == Some(member));
                counts.unassigned += u64::from(model.assignee.is_none());
                if let Some(department) = model.department {
                    *by_department.entry(department).or_default() += 1;
                }
            }
            ConversationStatus::Pending => counts.pending += 1,
            ConversationStatus::Snoozed => counts.snoozed += 1,
            ConversationStatus::Resolved => counts.resolved += 1,
        }
    }
    counts.departments =
        by_department.into_iter().map(|(department, open)| DepartmentCount { department, open }).collect();
    counts
}

async fn assert_counts(shop: &Shop, all: &BTreeMap<ConversationId, Model>, members: &[MemberId], what: &str) {
    for member in members {
        let counts = shop.storage.inbox_counts(shop.organization, *member).await.unwrap();
        assert_eq!(counts, counted(all, *member), "{what}");
    }
}

/// Entries that change where conversations stand, and what the test knows of them.
fn changes(
    shop: &Shop,
    dice: &mut Dice,
    all: &mut BTreeMap<ConversationId, Model>,
    members: &[MemberId],
    count: usize,
) -> Vec<NewEntry> {
    let ids: Vec<ConversationId> = all.keys().copied().collect();
    let sender: Participant = shop.agent();
    let change = |_| {
        let id = dice.pick(&ids);
        let model = all.get_mut(&id).unwrap();
        let content = match dice.roll(3) {
            0 => {
                model.status = dice.pick(&STATUSES);
                Content::status(model.status)
            }
            1 => {
                model.assignee = dice.maybe(members);
                Content::assignment(model.assignee)
            }
            _ => {
                model.priority = dice.pick(&PRIORITIES);
                Content::priority(model.priority)
            }
        };
        NewEntry { content, ..shop.text(id, &sender, "") }
    };
    (0..count).map(change).collect()
}

#[tokio::test]
async fn counts_are_right_after_whatever_happened() {
    let (database, shop) = shop().await;
    let client = database.client().await;
    let other = Shop::open(&shop.storage).await;
    let members = [shop.owner.id, hire(&shop, "Abel").await, hire(&shop, "Zoe").await];
    let named = departments(&shop, &["Sales", "Repairs", "Returns"]).await;
    let mut dice = Dice(29);
    let mut all = conversations(&client, &shop, &mut dice, (&members, &named), 120).await;
    let theirs = conversations(&client, &other, &mut dice, (&[other.owner.id], &[]), 10).await;
    assert_counts(&shop, &all, &members, "begun").await;

    let config = WriterConfig { lanes: 4, linger: Duration::from_millis(1), ..WriterConfig::default() };
    let (writer, mut announced) = Writer::start(database.config(), config);
    for round in 0..10 {
        submit(&writer, changes(&shop, &mut dice, &mut all, &members, 60));
        receipts(&mut announced, 60).await;
        assert_counts(&shop, &all, &members, &format!("written, round {round}")).await;
    }
    for (id, model) in &mut all {
        if dice.roll(3) == 0 {
            model.department = dice.maybe(&named);
            let sql = "update conversations set department_id = $2 where id = $1";
            client.execute(sql, &[&id.0, &model.department.map(|id| id.0)]).await.unwrap();
        }
    }
    assert_counts(&shop, &all, &members, "moved to other departments").await;

    let retention = shop.storage.retention(shop.organization).await.unwrap().unwrap();
    let kept = Retention { conversations_days: Some(30), ..retention };
    shop.storage.set_retention(shop.organization, &kept).await.unwrap();
    let aged = "update conversations set updated_at = now() - interval '40 days' where id = $1";
    let old: Vec<ConversationId> = all.keys().filter(|_| dice.roll(2) == 0).copied().collect();
    for id in &old {
        client.execute(aged, &[&id.0]).await.unwrap();
    }
    let before = all.len();
    all.retain(|id, model| !(old.contains(id) && model.status == ConversationStatus::Resolved));
    assert!(before > all.len() + 5);
    let expired = shop.storage.expire(shop.organization, Expiring::Conversations).await.unwrap();
    assert_eq!(expired as usize, before - all.len());
    assert_counts(&shop, &all, &members, "kept long enough").await;

    for _ in 0..4 {
        let visitors: Vec<VisitorId> = all.values().map(|model| model.visitor).collect();
        let visitor = dice.pick(&visitors);
        assert!(shop.storage.begin_erasure(shop.organization, visitor, Erasure::Delete).await.unwrap());
        while shop.storage.erase(shop.organization, visitor).await.unwrap() {}
        all.retain(|_, model| model.visitor != visitor);
        assert_counts(&shop, &all, &members, "erased").await;
    }

    let left = departments(&shop, &["Sales", "Returns"]).await;
    for model in all.values_mut() {
        model.department = model.department.filter(|department| left.contains(department));
    }
    assert_counts(&shop, &all, &members, "without a department").await;
    shop.storage.expire(shop.organization, Expiring::Counts).await.unwrap();
    assert_counts(&shop, &all, &members, "counts of nothing gone").await;
    submit(&writer, changes(&shop, &mut dice, &mut all, &members, 60));
    receipts(&mut announced, 60).await;
    assert_counts(&shop, &all, &members, "written again").await;
    assert_counts(&other, &theirs, &[other.owner.id], "another organization's").await;
}
