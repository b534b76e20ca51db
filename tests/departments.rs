//! Who answers for which department, as admins say over HTTP.

use protocol::id::{DepartmentId, MemberId};
use serde_json::{Value, json};
use tests::gateway::{Tenant, TestGateway, agent_hello, cookie};
use tests::http::Answer;

/// Gives a tenant departments of these names.
async fn departments(gateway: &TestGateway, tenant: &Tenant, names: &[&str]) -> Vec<String> {
    let rows: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
    let saved = gateway.configure(tenant, |config| config["departments"] = json!(rows)).await.json();
    let ids = saved["departments"].as_array().unwrap().iter();
    ids.map(|department| department["id"].as_str().unwrap().to_owned()).collect()
}

async fn ask(gateway: &TestGateway, token: &str, department: &str, body: Option<Value>) -> Answer {
    let path = format!("/api/departments/{department}/members");
    let method = if body.is_some() { "PUT" } else { "GET" };
    gateway.http(method, &path, &[("cookie", &cookie(token))], body.as_ref()).await
}

fn these(members: &[MemberId]) -> Value {
    json!({ "members": members })
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_say_who_answers_for_a_department() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (bob, bobs) = gateway.colleague(&tenant, "Bob").await;
    let named = departments(&gateway, &tenant, &["Sales", "Repairs"]).await;
    let (sales, repairs) = (&named[0], &named[1]);
    let mine = async |token: &str| {
        let mut socket = gateway.socket().await;
        let welcome = socket.hello(agent_hello(token)).await.unwrap();
        welcome.agent.unwrap().own_departments.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(ask(&gateway, &tenant.token, sales, None).await.json(), these(&[]));
    assert!(mine(&bobs).await.is_empty());

    let set = ask(&gateway, &tenant.token, sales, Some(these(&[bob]))).await;
    assert_eq!((set.status, set.json()), (200, these(&[bob])));
    let both = ask(&gateway, &tenant.token, repairs, Some(these(&[tenant.owner(), bob]))).await.json();
    assert_eq!(both["members"].as_array().unwrap().len(), 2);
    assert_eq!(ask(&gateway, &tenant.token, repairs, None).await.json(), both);
    assert_eq!(mine(&bobs).await, named);
    assert_eq!(mine(&tenant.token).await, named[1..]);
    assert_eq!(ask(&gateway, &tenant.token, sales, Some(these(&[]))).await.json(), these(&[]));
    assert_eq!(mine(&bobs).await, named[1..]);

    for body in [None, Some(these(&[bob]))] {
        assert_eq!(ask(&gateway, &bobs, sales, body.clone()).await.code(), "forbidden");
        assert_eq!(ask(&gateway, "nobody", sales, body).await.status, 401);
    }
    assert_eq!(ask(&gateway, &tenant.token, sales, None).await.json(), these(&[]));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_another_organizations_answers_like_what_is_missing() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let ours = departments(&gateway, &tenant, &["Sales"]).await.remove(0);
    let theirs = departments(&gateway, &other, &["Sales"]).await.remove(0);
    ask(&gateway, &other.token, &theirs, Some(these(&[other.owner()]))).await;
    ask(&gateway, &tenant.token, &ours, Some(these(&[tenant.owner()]))).await;

    let missing = DepartmentId::generate().to_string();
    for body in [None, Some(these(&[])), Some(these(&[tenant.owner()])), Some(these(&[other.owner()]))] {
        let absent = ask(&gateway, &tenant.token, &missing, body.clone()).await;
        assert_eq!((absent.status, absent.code().as_str()), (404, "not_found"));
        for id in [theirs.as_str(), "sales"] {
            let answer = ask(&gateway, &tenant.token, id, body.clone()).await;
            assert_eq!((answer.status, answer.json()), (absent.status, absent.json()), "{id} {body:?}");
        }
    }
    let absent = ask(&gateway, &tenant.token, &ours, Some(these(&[tenant.owner(), MemberId::generate()]))).await;
    assert_eq!((absent.status, absent.field().as_str()), (422, "members"));
    let foreign = ask(&gateway, &tenant.token, &ours, Some(these(&[tenant.owner(), other.owner()]))).await;
    assert_eq!((foreign.status, foreign.json()), (absent.status, absent.json()));

    let many: Vec<MemberId> = (0..201).map(|_| MemberId::generate()).collect();
    for (body, field, rule) in [
        (these(&many), "members", "at most 200 members"),
        (these(&[tenant.owner(), tenant.owner()]), "members[1]", "must be named once"),
        (json!({"members": ["x"]}), "members[0]", "is of the wrong type"),
        (json!({}), "members", "is required"),
    ] {
        let refused = ask(&gateway, &tenant.token, &ours, Some(body)).await;
        assert_eq!((refused.status, refused.field().as_str()), (422, field));
        assert!(refused.json()["error"]["text"].as_str().unwrap().contains(rule), "{}", refused.json());
    }
    // None of these changed anything, here or there.
    assert_eq!(ask(&gateway, &tenant.token, &ours, None).await.json(), these(&[tenant.owner()]));
    assert_eq!(ask(&gateway, &other.token, &theirs, None).await.json(), these(&[other.owner()]));
    gateway.stop().await;
}
