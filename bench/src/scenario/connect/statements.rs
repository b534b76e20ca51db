//! What a new visitor costs Postgres: statements, counted on the line between a gateway and it.

use std::time::{Duration, Instant};

use crate::arrive::{Crowd, Door, Plan};
use crate::report::{Document, Phase, goal, live};
use crate::stage::Stage;
use crate::stage::line::{Line, Ran};

/// Roles of a gateway's requests: what is run as these, a visitor waits for. The others write behind.
const REQUESTS: [&str; 2] = ["chatdesk_request", "chatdesk_directory"];
/// Tables that hold what an organization has set, and who its members are.
const CONFIGURATION: [&str; 5] = ["widget_settings", "departments", "department_members", "members", "accounts"];
/// The organization's own row. What makes a session looks there, too, whether it is still there; that is no reading of what
/// is set.
const ORGANIZATION: [&str; 1] = ["organizations"];
/// Tables of visitors.
const VISITORS: [&str; 2] = ["visitors", "widget_sessions"];
/// What a gateway says to Postgres once it hears of changes, and so may keep what is set.
const LISTENING: &str = "listen chatdesk_changed";
/// How long it may take until then.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often that is looked for.
const LOOK: Duration = Duration::from_millis(20);
/// Visitors who come before: what is kept is read for the first of them.
const FIRST: u64 = 5;
/// Visitors a second: so few that each is done before the next comes, and none share a statement.
const RATE: f64 = 50.0;
/// How long what is written behind may take.
const BEHIND: Duration = Duration::from_secs(1);

/// Counts over so many new visitors, into a phase of their own. Returns how many were welcomed, the first ones included.
///
/// # Errors
/// The second gateway does not start, or ends.
pub(super) async fn count(stage: &Stage, door: &Door, visitors: u32, document: &mut Document) -> Result<u64, String> {
    live::say(&format!("statements of {visitors} visitors, one after the other"));
    let line = Line::open(stage.database_url()?).await?;
    let gateway = stage.another_gateway(line.url(), &[]).await?;
    let door = door.at(gateway.target);
    let deadline = Instant::now() + PATIENCE;
    while !line.ran(LISTENING) {
        if Instant::now() > deadline {
            return Err(format!("a gateway did not begin to hear of changes in {PATIENCE:?}"));
        }
        tokio::time::sleep(LOOK).await;
    }
    let first = come(&door, FIRST, document).await?;
    line.take();
    let begin = Instant::now();
    let welcomed = come(&door, visitors.into(), document).await?;
    let ran = line.take();
    gateway.stop().await?;

    let asked: Vec<&Ran> = ran.iter().filter(|ran| ran.is_work() && REQUESTS.contains(&ran.role.as_str())).collect();
    let configuration = asked.iter().filter(|ran| is_for_what_is_set(ran)).count();
    let behind = ran.iter().filter(|ran| ran.is_work() && !REQUESTS.contains(&ran.role.as_str())).count();
    let of_each = |count: usize| count as f64 / welcomed.max(1) as f64;
    let phase = Phase::new("statements", begin.elapsed())
        .count("welcomed", welcomed)
        .figure("asked", of_each(asked.len()), "statements a visitor waits for")
        .figure("configuration", of_each(configuration), "of those for what is set")
        .figure("written_behind", of_each(behind), "statements that nobody waits for, by visitors");
    document.push(phase);
    document.goal(&goal::CONNECT_QUERIES, of_each(asked.len()));
    document.goal(&goal::CONNECT_CONFIGURATION_QUERIES, of_each(configuration));
    Ok(first + welcomed)
}

async fn come(door: &Door, count: u64, document: &mut Document) -> Result<u64, String> {
    let begin = Instant::now();
    let plan = Plan {
        begin,
        rate: RATE,
        count,
        warmup: Duration::ZERO,
        drain: Duration::from_secs(10),
        together: 1,
        stay: false,
    };
    let arrived = Crowd::come(door, plan, 1)?.leave().await?.arrived;
    arrived.failures.iter().for_each(|why| document.fail(format!("statements: {why}")));
    tokio::time::sleep(BEHIND).await;
    Ok(arrived.welcomed)
}

/// Whether a statement reads what an organization has set.
fn is_for_what_is_set(ran: &Ran) -> bool {
    ran.names(&CONFIGURATION) || (ran.names(&ORGANIZATION) && !ran.names(&VISITORS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sessions_statement_is_told_from_one_for_what_is_set() {
        let of = |sql: &str| is_for_what_is_set(&Ran { role: REQUESTS[0].into(), sql: sql.into() });
        assert!(!of("insert into widget_sessions select o.id from organizations o where o.deleted_at is null"));
        assert!(of("select name from organizations"));
        assert!(of("select s.id from widget_sessions s join departments d on true"));
    }
}
