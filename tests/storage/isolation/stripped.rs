//! The walk with the conditions on the organization taken out of every statement on its way to Postgres, as if whoever
//! wrote it had forgotten them: what is left is what Postgres itself holds.

use std::collections::BTreeSet;

use storage::{Storage, StorageConfig};
use tests::database::TestDatabase;
use tests::postgres_line::{Message, PostgresLine, is_work};

use super::filled::Filled;
use super::rows::{Secrets, changed, rows};
use super::walk::{probes, tellers, wrong_answers};
use super::{two, walk::PROBED_BY_INSERTS};

/// What a statement begins with whose conditions were taken out.
pub(super) const STRIPPED: &str = "/* stripped */ ";

/// Has no organization in it: an account belongs to none. It is given the accounts of one's own members only, and one that
/// is a member anywhere cannot be deleted.
const WHOLE: &str = "delete from accounts where id = $1";

/// Which conditions are taken out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strip {
    /// `organization_id = $1`
    Parameters,
    /// Those, and `a.organization_id = b.organization_id`
    Joins,
}

/// A statement without its conditions on the organization; `None` when it has none. Parameters keep their place and type.
pub(super) fn strip(sql: &str, what: Strip) -> Option<String> {
    let (mut done, mut rest) = (String::new(), sql);
    let mut stripped = false;
    while let Some(at) = rest.find(" = ") {
        let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | ':');
        let left = rest[..at].rfind(|c| !part_of_name(c)).map_or(0, |before| before + 1);
        let right = at + 3;
        let end = rest[right..].find(|c| !part_of_name(c)).map_or(rest.len(), |length| right + length);
        done.push_str(&rest[..left]);
        match without(&rest[left..at], &rest[right..end], what, sql) {
            Some(condition) => {
                stripped = true;
                done.push_str(&condition);
            }
            None => done.push_str(&rest[left..end]),
        }
        rest = &rest[end..];
    }
    done.push_str(rest);
    stripped.then(|| format!("{STRIPPED}{done}"))
}

/// What stands in the place of a condition on the organization.
fn without(left: &str, right: &str, what: Strip, sql: &str) -> Option<String> {
    let column = |side: &str| side == "organization_id" || side.ends_with(".organization_id");
    // The tenants' own table calls it otherwise.
    let tenant = |side: &str| side == "o.id" || (side == "id" && sql.contains("organizations"));
    let of_organization = |side: &str| column(side) || tenant(side);
    match (left, right) {
        (left, parameter)
            if of_organization(left) && (column(left) || parameter == "$1") && parameter.starts_with('$') =>
        {
            let parameter = parameter.split(':').next().unwrap_or_default();
            Some(format!("({parameter}::uuid is not null)"))
        }
        (left, right) if what == Strip::Joins && of_organization(left) && of_organization(right) => Some("true".into()),
        _ => None,
    }
}

#[test]
fn conditions_are_taken_out_and_nothing_else() {
    let sql =
        "select v.name from conversations c join visitors v on v.organization_id = c.organization_id and v.id = c.id
        where c.organization_id = $1 and c.id = $2";
    let parameters = "/* stripped */ select v.name from conversations c join visitors v on v.organization_id = c.organization_id and v.id = c.id
        where ($1::uuid is not null) and c.id = $2";
    assert_eq!(strip(sql, Strip::Parameters).as_deref(), Some(parameters));
    let joins = parameters.replace("v.organization_id = c.organization_id", "true");
    assert_eq!(strip(sql, Strip::Joins), Some(joins));
    let sql = "update organizations set name = $2 where id = $1";
    let stripped = "/* stripped */ update organizations set name = $2 where ($1::uuid is not null)";
    assert_eq!(strip(sql, Strip::Parameters).as_deref(), Some(stripped));
    assert_eq!(strip("insert into visitors (organization_id, id) values ($1, $2)", Strip::Joins), None);
    assert_eq!(strip("update visitors set id = $1 where id = $2", Strip::Joins), None);
}

/// The roles that Postgres holds to one organization. The directory sees all of them, but keys only and nothing without a
/// token, an address or an id that it was given: what it is asked, and by whom, is in `across`.
const BOUND: [&str; 2] = ["chatdesk_request", "chatdesk_maintenance"];

fn is_bound(role: &str) -> bool {
    BOUND.contains(&role)
}

/// A line that takes conditions out.
async fn stripping(url: &str, what: Strip) -> PostgresLine {
    let hook = move |message: &mut Message| {
        let stripped = message.sql().and_then(|sql| strip(sql, what));
        if let Some(stripped) = stripped.filter(|_| is_bound(&message.role)) {
            message.set_sql(&stripped);
        }
    };
    PostgresLine::with(url, hook).await
}

async fn through(line: &PostgresLine) -> Storage {
    Storage::connect(StorageConfig::new(line.url())).await.unwrap()
}

/// Whether a statement finds rows by conditions, and so must have been stripped of one.
fn has_conditions(sql: &str) -> bool {
    let plain_insert = sql.starts_with("insert into ") && sql.contains(" values (");
    is_work(sql) && (sql.contains(" where ") || sql.contains(" join ")) && !plain_insert && sql != WHOLE
}

async fn walk_stripped(us_first: bool, what: Strip) -> Vec<String> {
    let (database, _, one, other) = two().await;
    let (us, them) = if us_first { (one, other) } else { (other, one) };
    walk_through(&database, database.url(), &us, &them, what).await
}

pub(super) async fn walk_through(
    database: &TestDatabase,
    url: &str,
    us: &Filled,
    them: &Filled,
    what: Strip,
) -> Vec<String> {
    let line = stripping(url, what).await;
    let storage = through(&line).await;
    let theirs = Secrets::of(database, them, us).await;
    let before = rows(database, them).await;
    let mut stripped = BTreeSet::new();
    let mut broken = wrong_answers(&storage, us, them, &theirs, |function| {
        let ran = line.ran();
        line.forget();
        if ran.iter().any(|ran| ran.sql.starts_with(STRIPPED)) {
            stripped.insert(function.to_owned());
        }
        let whole =
            ran.iter().filter(|ran| is_bound(&ran.role) && !ran.sql.starts_with(STRIPPED) && has_conditions(&ran.sql));
        whole.map(|ran| format!("{function} ran a statement without a condition to take out: {}", ran.sql)).collect()
    })
    .await;
    // A walk that strips nothing would show nothing.
    let whole = probes()
        .map(|probe| probe.function)
        .filter(|name| !stripped.contains(*name) && !PROBED_BY_INSERTS.contains(name));
    broken.extend(whole.collect::<BTreeSet<_>>().into_iter().map(|name| format!("nothing of {name} was stripped")));
    broken.extend(changed(&before, &rows(database, them).await));
    broken
}

#[tokio::test]
async fn without_conditions_on_the_organization_still_nothing_is_found_or_changed() {
    for us_first in [true, false] {
        let broken = walk_stripped(us_first, Strip::Parameters).await;
        assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    }
}

#[tokio::test]
async fn without_the_organization_in_joins_either() {
    for us_first in [true, false] {
        let broken = walk_stripped(us_first, Strip::Joins).await;
        assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    }
}

/// The walk is shown to see: with policies that let everything through, conditions were all that there was.
#[tokio::test]
async fn without_conditions_and_without_policies_nearly_everything_leaks() {
    let (database, _, us, them) = two().await;
    let open = "do $$ declare p record; begin
            for p in select polname, polrelid::regclass as name from pg_policy loop
                execute format('alter policy %I on %s using (true)', p.polname, p.name);
            end loop;
        end $$";
    database.client().await.batch_execute(open).await.unwrap();
    let broken = walk_through(&database, database.url(), &us, &them, Strip::Parameters).await;
    let leaking: BTreeSet<&str> = broken.iter().filter_map(|line| line.split(['(', ':']).next()).collect();
    assert!(leaking.len() > 40, "only these leak: {leaking:?}");
}

/// Nobody said for whom they ask: then there is nothing at all, one's own rows included.
#[tokio::test]
async fn who_acts_for_no_organization_sees_and_changes_nothing() {
    let (database, _, us, them) = two().await;
    let hook = move |message: &mut Message| {
        let Some(sql) = message.sql() else { return };
        if sql.contains("set_config('chatdesk.organization'") {
            message.set_sql("select $1::text");
        } else if let Some(stripped) = strip(sql, Strip::Joins).filter(|_| is_bound(&message.role)) {
            message.set_sql(&stripped);
        }
    };
    let line = PostgresLine::with(database.url(), hook).await;
    let storage = through(&line).await;
    let (ours, theirs) = (Secrets::of(&database, &us, &them).await, Secrets::of(&database, &them, &us).await);
    let both = async |one: &Filled, other: &Filled| (rows(&database, one).await, rows(&database, other).await);
    let before = both(&us, &them).await;
    let mut broken = tellers(&storage, &us, &them, [&ours, &theirs]).await;
    let after = both(&us, &them).await;
    broken.extend(changed(&before.0, &after.0));
    broken.extend(changed(&before.1, &after.1));
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    let unset = line.ran().iter().filter(|ran| ran.sql == "select $1::text").count();
    assert!(unset >= probes().count() / 2, "only {unset} transactions were left without an organization");
}

/// What looks for words sees those of all. Made to find everything there is, it finds rows of others, and they are dropped
/// when they are read.
#[tokio::test]
async fn what_is_found_of_others_by_its_words_is_not_read() {
    let (database, _, us, them) = two().await;
    let hook = move |message: &mut Message| {
        let Some(sql) = message.sql().filter(|_| message.role == "chatdesk_search") else { return };
        let opened = sql.replacen(" where ", " where true or ", 1);
        if opened != sql {
            message.set_sql(&format!("{STRIPPED}{opened}"));
        }
    };
    let line = PostgresLine::with(database.url(), hook).await;
    let storage = through(&line).await;
    let theirs = Secrets::of(&database, &them, &us).await;
    let told = tellers(&storage, &us, &them, [&theirs, &theirs]).await;
    assert!(told.is_empty(), "\n{}", told.join("\n"));
    let opened: BTreeSet<_> =
        line.ran().into_iter().filter(|ran| ran.sql.starts_with(STRIPPED)).map(|ran| ran.sql).collect();
    assert!(opened.len() >= 3, "not all searches were made to find everything: {opened:?}");
}
