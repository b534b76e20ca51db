//! What every hello needs is kept in memory, and is never older than it may be.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use protocol::id::OrganizationId;
use serde_json::json;
use storage::Widget;
use tests::gateway::{Tenant, TestGateway};
use tests::postgres_line::PostgresLine;

use super::{asked, counted, hello};

/// In the look-up of a widget, and in no other statement.
const LOOK_UP: &str = "from widget_settings w";

async fn widget(gateway: &TestGateway, organization: OrganizationId) -> Arc<Widget> {
    gateway.gateway().app().widgets.of(organization).await.unwrap().unwrap()
}

fn look_ups(line: &PostgresLine) -> usize {
    asked(line).iter().filter(|sql| sql.contains(LOOK_UP)).count()
}

/// Asks until the widget is kept: until then a change might not be heard of.
pub(super) async fn kept(gateway: &TestGateway, line: &PostgresLine, tenant: &Tenant) {
    loop {
        line.forget();
        widget(gateway, tenant.organization()).await;
        if look_ups(line) == 0 {
            return;
        }
    }
}

async fn greeting(gateway: &TestGateway, tenant: &Tenant, greeting: &str) {
    let answer = gateway.configure(tenant, |config| config["settings"]["greeting_message"] = json!(greeting)).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_change_is_seen_by_the_next_hello() {
    let (gateway, line) = counted(&[]).await;
    let tenant = gateway.tenant("Shop").await;
    kept(&gateway, &line, &tenant).await;
    for n in 0..20 {
        let text = format!("Hello {n}");
        greeting(&gateway, &tenant, &text).await;
        let (_socket, welcome) = hello(&gateway, &tenant, None).await;
        assert_eq!(welcome.visitor.unwrap().settings.greeting_message, text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_another_gateway_made_is_heard_of() {
    let (gateway, line) = counted(&[]).await;
    let tenant = gateway.tenant("Shop").await;
    kept(&gateway, &line, &tenant).await;
    let client = gateway.database.client().await;
    for (n, change) in [
        "update widget_settings set greeting_message = 'changed'",
        "update departments set name = 'changed'",
        "insert into departments (organization_id, id, name, place) select id, gen_random_uuid(), 'Sales', 0 from organizations",
        "update organizations set name = 'changed'",
    ]
    .into_iter()
    .enumerate()
    {
        let before = widget(&gateway, tenant.organization()).await;
        if client.execute(change, &[]).await.unwrap() == 0 {
            continue;
        }
        // The same one until the change is heard of; not for ever.
        while Arc::ptr_eq(&before, &widget(&gateway, tenant.organization()).await) {
            tokio::task::yield_now().await;
        }
        let after = widget(&gateway, tenant.organization()).await;
        assert_ne!(*before, *after, "{n}: {change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_at_once_are_one_look_up_and_what_it_found_may_be_out_of_date() {
    let (gateway, line) = counted(&["--pool-size", "1"]).await;
    let tenant = gateway.tenant("Shop").await;
    kept(&gateway, &line, &tenant).await;
    let organization = tenant.organization();
    let widgets = gateway.gateway().app().widgets.clone();
    widgets.forget(organization);
    line.forget();
    line.hold();
    let mut asking: Vec<_> = (0..50).map(|_| Box::pin(widgets.of(organization))).collect();
    poll_fn(|context| {
        assert!(asking.iter_mut().all(|asked| asked.as_mut().poll(context).is_pending()));
        Poll::Ready(())
    })
    .await;
    line.runs(LOOK_UP).await;
    // While the answer is on its way something changes, here.
    let client = gateway.database.client().await;
    client.batch_execute("update widget_settings set greeting_message = 'newer'").await.unwrap();
    widgets.forget(organization);
    line.mend();
    for asked in asking {
        assert!(asked.await.unwrap().is_some());
    }
    assert_eq!(look_ups(&line), 1, "{:?}", asked(&line));
    assert_eq!(widget(&gateway, organization).await.config.settings.greeting_message, "newer");
    assert_eq!(look_ups(&line), 2, "{:?}", asked(&line));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_while_changes_cannot_be_heard_of() {
    let (gateway, line) = counted(&[]).await;
    let tenant = gateway.tenant("Shop").await;
    kept(&gateway, &line, &tenant).await;
    line.forget();
    line.cut();
    let client = gateway.database.client().await;
    client.batch_execute("update widget_settings set greeting_message = 'unheard'").await.unwrap();
    // What was kept goes with the connection that would have told.
    let app = gateway.gateway().app();
    while app.widgets.of(tenant.organization()).await.is_ok() {
        tokio::task::yield_now().await;
    }
    line.mend();
    line.runs("listen chatdesk_changed").await;
    assert_eq!(widget(&gateway, tenant.organization()).await.config.settings.greeting_message, "unheard");
    kept(&gateway, &line, &tenant).await;
    client.batch_execute("update widget_settings set greeting_message = 'heard'").await.unwrap();
    while widget(&gateway, tenant.organization()).await.config.settings.greeting_message != "heard" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_nobodys_are_asked_for_again() {
    let (gateway, line) = counted(&[]).await;
    let tenant = gateway.tenant("Shop").await;
    kept(&gateway, &line, &tenant).await;
    line.forget();
    let widgets = &gateway.gateway().app().widgets;
    for _ in 0..3 {
        assert!(widgets.find("wk_nobody").await.unwrap().is_none());
    }
    assert_eq!(asked(&line).len(), 3, "{:?}", asked(&line));
    // By its key and by its organization's id it is the same one.
    let id = tenant.organization().to_string();
    let (by_key, by_id) = (widgets.find(&tenant.widget_key).await.unwrap(), widgets.find(&id).await.unwrap());
    assert!(by_key.is_some() && by_key == by_id);
    assert_eq!(asked(&line).len(), 3, "{:?}", asked(&line));
}
