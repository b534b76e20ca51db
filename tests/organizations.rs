//! One person in several organizations, and what admins are told of ratings, over HTTP.

use protocol::client::Ping;
use protocol::code::CloseCode;
use protocol::id::OrganizationId;
use protocol::value::Role;
use serde_json::{Value, json};
use tests::gateway::{TestGateway, agent_hello, cookie};

const PASSWORD: &str = "correct horse";

/// Signs somebody up, and returns what they are told of themselves, and their token.
async fn sign_up(gateway: &TestGateway, organization: &str, email: &str) -> (Value, String) {
    let body = json!({"organization": organization, "name": "Ada", "email": email, "password": PASSWORD});
    let made = gateway.http("POST", "/api/signup", &[], Some(&body)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    (made.json(), made.cookie("chatdesk_agent").unwrap().to_owned())
}

fn organization(me: &Value) -> OrganizationId {
    me["organization"]["id"].as_str().unwrap().parse().unwrap()
}

async fn get(gateway: &TestGateway, path: &str, token: &str) -> tests::http::Answer {
    gateway.http("GET", path, &[("cookie", &cookie(token))], None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_goes_from_one_organization_to_another() {
    let gateway = TestGateway::start().await;
    let storage = gateway.database.storage().await;
    let (bakery, _) = sign_up(&gateway, "Bakery", "ada@bakery.example").await;
    let (library, _) = sign_up(&gateway, "Library", "bob@library.example").await;
    assert_eq!(bakery["organizations"], json!([bakery["organization"]]));
    let added = storage.add_member(organization(&library), " ADA@bakery.example", "Ada L.", Role::Agent).await.unwrap();
    assert_eq!((added.email.as_str(), added.role), ("ada@bakery.example", Role::Agent));
    let both = json!([bakery["organization"], library["organization"]]);

    // Without saying where to, it is where they have been for longest.
    let login = |wanted: Option<Value>| {
        let mut body = json!({"email": "ada@bakery.example", "password": PASSWORD});
        if let Some(wanted) = wanted {
            body["organization"] = wanted;
        }
        let gateway = &gateway;
        async move { gateway.http("POST", "/api/login", &[], Some(&body)).await }
    };
    let there = login(None).await;
    assert_eq!((&there.json()["organization"], &there.json()["organizations"]), (&bakery["organization"], &both));
    let first = there.cookie("chatdesk_agent").unwrap().to_owned();
    let direct = login(Some(library["organization"]["id"].clone())).await;
    assert_eq!(direct.json()["organization"], library["organization"]);
    assert_eq!(direct.json()["member"]["name"], "Ada L.");
    let nowhere = login(Some(json!(OrganizationId::generate()))).await;
    assert_eq!((nowhere.status, nowhere.code().as_str()), (404, "not_found"));
    let wrong = login(Some(json!("library"))).await;
    assert_eq!((wrong.status, wrong.field().as_str()), (422, "organization"));

    // Switching ends the session, with its sockets, and begins one there.
    let mut socket = gateway.socket().await;
    socket.hello(agent_hello(&first)).await.unwrap();
    let switch = |token: String, id: Value| {
        let gateway = &gateway;
        let body = json!({"organization": id});
        async move { gateway.http("POST", "/api/organization/switch", &[("cookie", &cookie(&token))], Some(&body)).await }
    };
    let refused = switch(first.clone(), json!(OrganizationId::generate())).await;
    assert_eq!((refused.status, refused.code().as_str()), (404, "not_found"));
    socket.request(&Ping::default().into()).await.unwrap();
    let switched = switch(first.clone(), library["organization"]["id"].clone()).await;
    assert_eq!((switched.status, &switched.json()["organization"]), (200, &library["organization"]));
    assert_eq!(switched.json()["organizations"], both);
    assert_eq!(socket.closed().await.unwrap().0, Some(CloseCode::Unauthenticated.number()));
    assert_eq!(get(&gateway, "/api/me", &first).await.status, 401);
    let second = switched.cookie("chatdesk_agent").unwrap().to_owned();
    assert_eq!(get(&gateway, "/api/me", &second).await.json(), switched.json());
    assert_eq!(switch(first, bakery["organization"]["id"].clone()).await.status, 401);

    // Who is a member of one only goes nowhere else.
    let body = json!({"email": "bob@library.example", "password": PASSWORD});
    let other = gateway.http("POST", "/api/login", &[], Some(&body)).await;
    let bob = other.cookie("chatdesk_agent").unwrap().to_owned();
    assert_eq!(switch(bob, bakery["organization"]["id"].clone()).await.status, 404);

    // An organization that is being deleted is not there.
    let sql = "update organizations set deleted_at = now() where id = $1";
    gateway.database.client().await.execute(sql, &[&organization(&library).0]).await.unwrap();
    assert_eq!(get(&gateway, "/api/me", &second).await.status, 401);
    assert_eq!(login(Some(library["organization"]["id"].clone())).await.status, 404);
    assert_eq!(login(None).await.json()["organizations"], json!([bakery["organization"]]));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_see_ratings_and_agents_do_not() {
    let gateway = TestGateway::start().await;
    let storage = gateway.database.storage().await;
    let (bakery, owner) = sign_up(&gateway, "Bakery", "ada@bakery.example").await;
    let (library, _) = sign_up(&gateway, "Library", "bob@library.example").await;
    storage.add_member(organization(&bakery), "bob@library.example", "Bob", Role::Agent).await.unwrap();
    let none = get(&gateway, "/api/ratings", &owner).await;
    assert_eq!((none.status, none.json()), (200, json!({"ratings": [], "counts": [0, 0, 0, 0, 0]})));

    let client = gateway.database.client().await;
    let visitor = "insert into visitors (organization_id, id, name) values ($1, gen_random_uuid(), 'Vic') returning id";
    let visitor: uuid::Uuid = client.query_one(visitor, &[&organization(&bakery).0]).await.unwrap().get(0);
    let rated =
        "insert into conversations (organization_id, id, visitor_id, client_id, rating, rating_comment, rated_at)
        select $1, gen_random_uuid(), $2, n::text, 1 + n % 2 * 4, 'said ' || n, to_timestamp(1700000000 + n)
        from generate_series(1, 5) n";
    client.execute(rated, &[&organization(&bakery).0, &visitor]).await.unwrap();
    let page = get(&gateway, "/api/ratings?limit=3", &owner).await.json();
    assert_eq!((&page["counts"], &page["average"]), (&json!([2, 0, 0, 0, 3]), &json!(3.4)));
    let said = |page: &Value| -> Vec<String> {
        page["ratings"].as_array().unwrap().iter().map(|one| one["comment"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(said(&page), ["said 5", "said 4", "said 3"]);
    assert_eq!(page["ratings"][0]["visitor"]["name"], "Vic");
    let next = &page["next"];
    let after = format!("after_at={}&after_conversation={}", next["at"], next["conversation"].as_str().unwrap());
    let last = get(&gateway, &format!("/api/ratings?limit=3&{after}"), &owner).await.json();
    assert_eq!((said(&last), last.get("next")), (vec!["said 2".to_owned(), "said 1".to_owned()], None));

    for (query, field) in
        [("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("after_at=1", "after_conversation")]
    {
        let refused = get(&gateway, &format!("/api/ratings?{query}"), &owner).await;
        assert_eq!((refused.status, refused.field().as_str()), (422, field), "{query}");
    }
    let body =
        json!({"email": "bob@library.example", "password": PASSWORD, "organization": bakery["organization"]["id"]});
    let agent = gateway.http("POST", "/api/login", &[], Some(&body)).await;
    let refused = get(&gateway, "/api/ratings", agent.cookie("chatdesk_agent").unwrap()).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
    let body =
        json!({"email": "bob@library.example", "password": PASSWORD, "organization": library["organization"]["id"]});
    let elsewhere = gateway.http("POST", "/api/login", &[], Some(&body)).await;
    let theirs = get(&gateway, "/api/ratings", elsewhere.cookie("chatdesk_agent").unwrap()).await;
    assert_eq!(theirs.json()["ratings"], json!([]));
    gateway.stop().await;
}
