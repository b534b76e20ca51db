//! House rules: who may import whom, how files are named and how long they get. A rule that a person would have to
//! remember is one that gets broken; these fail with the file and line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

/// Longest source file, in lines. Split before.
const FILE_LINES: usize = 400;
/// Names that say nothing.
const FORBIDDEN_STEMS: &[&str] = &["manager", "helper", "helpers", "util", "utils", "common", "misc", "data", "info"];
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every source file below `folder`, as its path from the root, with its text.
fn sources(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "node_modules" | "dist" | "target" | "test-results")
                    && !name.starts_with('.')
                {
                    open.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let short = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((short, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no source: has it moved?");
    found.sort();
    found
}

fn report(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// Fails for each line of `files` that names one of `words`, comments aside.
fn forbid(files: &[(String, String)], words: &[&str], rule: &str) {
    let mut broken = Vec::new();
    for (path, text) in files {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if let Some(word) = words.iter().find(|word| names(code, word)) {
                broken.push(format!("{path}:{}: names `{word}`: {rule}", number + 1));
            }
        }
    }
    report(&broken);
}

/// Whether `code` holds `word` as a whole path, not as the end of a longer name.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[test]
fn crates_import_downwards_only() {
    forbid(
        &sources("protocol/src", &[".rs"]),
        &["storage::", "gateway::", "bench::"],
        "protocol imports nothing of ours",
    );
    forbid(
        &sources("storage/src", &[".rs"]),
        &["gateway::", "protocol::frame", "protocol::client", "protocol::server", "protocol::http", "protocol::codec"],
        "storage knows the protocol's ids and values, not its frames",
    );
    forbid(&sources("bench/src", &[".rs"]), &["gateway::"], "the bench speaks to a gateway over the wire only");
}

#[test]
fn the_gateway_keeps_its_layers() {
    let within = |folders: &[&str]| -> Vec<(String, String)> {
        let all = sources("gateway/src", &[".rs"]).into_iter();
        all.filter(|(path, _)| {
            folders.iter().any(|folder| {
                path == &format!("gateway/src/{folder}.rs") || path.starts_with(&format!("gateway/src/{folder}/"))
            })
        })
        .collect()
    };
    let outside: Vec<_> = sources("gateway/src", &[".rs"])
        .into_iter()
        .filter(|(path, _)| !path.starts_with("gateway/src/http") && !path.starts_with("gateway/src/socket"))
        .collect();
    forbid(&outside, &["warp::"], "only socket and http know warp");
    forbid(
        &within(&["hub"]),
        &["storage::", "crate::service", "crate::session", "crate::socket", "crate::http", "crate::state"],
        "the hub knows queues and topics only",
    );
    forbid(
        &within(&["service"]),
        &["crate::session", "crate::socket", "crate::http"],
        "services are called by session and http, not the other way",
    );
    forbid(
        &within(&["session"]),
        &["crate::socket", "crate::http", "tokio_tungstenite"],
        "a session knows no transport",
    );
    forbid(&within(&["http"]), &["crate::session", "crate::hub"], "http goes through services");
    forbid(&within(&["auth"]), &["crate::service", "crate::session", "crate::hub"], "auth says who, not what");
}

#[test]
fn typescript_imports_downwards_only() {
    let widget = |folder: &str| sources(&format!("widget-sdk/src/{folder}"), &[".ts", ".tsx"]);
    let up = |folders: &[&str]| -> Vec<String> {
        folders
            .iter()
            .flat_map(|folder| [format!("/{folder}/"), format!("/{folder}'"), format!("widget/{folder}'")])
            .collect()
    };
    for (folder, above) in
        [("client", &["state", "parts", "ui"] as &[&str]), ("state", &["parts", "ui"]), ("parts", &["ui"])]
    {
        let mut broken = Vec::new();
        for (path, text) in widget(folder) {
            for (number, line) in text.lines().enumerate() {
                let imports = line.contains("from '") || line.contains("import(");
                if imports && up(above).iter().any(|target| line.contains(target.as_str())) {
                    broken.push(format!("{path}:{}: {folder} imports upwards: {line}", number + 1));
                }
                if imports && folder != "parts" && line.contains("'preact") {
                    broken.push(format!("{path}:{}: {folder} draws nothing: {line}", number + 1));
                }
            }
        }
        report(&broken);
    }
}

#[test]
fn files_are_short_and_named_for_what_they_hold() {
    let mut broken = Vec::new();
    let folders = ["protocol", "storage", "gateway", "bench", "tests", "widget-sdk", "console", "migrations"];
    for (path, text) in
        folders.iter().flat_map(|folder| sources(folder, &[".rs", ".ts", ".tsx", ".sql", ".css", ".py", ".sh"]))
    {
        let stem = Path::new(&path).file_stem().unwrap().to_string_lossy().into_owned();
        if FORBIDDEN_STEMS.contains(&stem.as_str()) {
            broken.push(format!("{path}: the name says nothing"));
        }
        let lines = text.lines().count();
        // What is generated is as long as what it is made from.
        if lines > FILE_LINES && !path.ends_with("client/wire.ts") {
            broken.push(format!("{path}: {lines} lines; split it"));
        }
        for (number, line) in text.lines().enumerate() {
            let unfinished = ["TO", "FIX"]
                .iter()
                .any(|start| line.contains(&format!("{start}{}", if *start == "TO" { "DO" } else { "ME" })));
            if unfinished {
                broken.push(format!("{path}:{}: unfinished: {}", number + 1, line.trim()));
            }
        }
    }
    report(&broken);
}

/// A test of the whole system for each thing that a client may ask: its good path, its errors, whom it is not for.
const ASKED: &[(&str, &[&str])] = &[
    ("hello", &["refusals::wrong_tokens_and_keys_are_refused", "heads::five_hundred_conversations_are_resumed"]),
    ("ping", &["refusals::strangers_may_only_say_hello", "limits::all_sockets_of_a_session_share_its_bucket"]),
    ("pong", &["heads::what_another_gateway_stored_is_noticed", "versions/past::clients_of_the_first_version"]),
    ("identify", &["identity::the_sites_word_makes_the_session", "identity::tokens_that_are_not_good"]),
    ("update", &["visitors::what_is_known_of_a_visitor_is_updated"]),
    ("page", &["visitors::who_is_on_the_site_is_watched", "visitors::pages_and_events_are_in_the_profile"]),
    ("track", &["visitors::pages_and_events_are_in_the_profile", "visitors::what_is_for_one_side_is_forbidden"]),
    ("start", &["delivery::starting_twice_with_one_key_starts_once", "limits::starting_conversations_has_a_bucket"]),
    (
        "send",
        &["kinds::each_side_sends_the_kinds", "kinds::of_a_foreign_conversation", "delivery::a_resend_is_stored_once"],
    ),
    (
        "follow",
        &["resume::a_cursor_brings_just_what_comes_after_it", "tenancy::foreign_conversations_answer_like_missing"],
    ),
    ("unfollow", &["heads::pings_carry_the_heads_of_what_is_followed"]),
    (
        "history",
        &["resume::a_cursor_brings_just_what_comes_after_it", "tenancy::foreign_conversations_answer_like_missing"],
    ),
    (
        "read",
        &["delivery::typing_and_receipts_reach_the_other_side", "tenancy::foreign_conversations_answer_like_missing"],
    ),
    (
        "transcript",
        &[
            "transcripts::what_was_said_is_sent",
            "transcripts::only_visitors_ask",
            "transcripts::asking_often_is_refused",
        ],
    ),
    ("typing", &["visitors::drafts_are_shown_to_agents", "tenancy::foreign_conversations_answer_like_missing"]),
    ("set_availability", &["presence::colleagues_see_who_is_here", "presence::visitors_see_those_who_are_here"]),
    ("inbox", &["inbox::visitors_list_their_own_conversations", "refusals::long_answers_make_short_inbox_pages"]),
    ("inbox_sync", &["inbox::a_sync_tells_what_is_new", "inbox::a_long_list_is_complete_after_a_sync"]),
    ("watch", &["visitors::who_is_on_the_site_is_watched", "visitors::what_is_for_one_side_is_forbidden"]),
    ("unwatch", &["visitors::who_is_on_the_site_is_watched", "visitors::what_is_for_one_side_is_forbidden"]),
    ("profile", &["visitors::pages_and_events_are_in_the_profile", "visitors::what_is_for_one_side_is_forbidden"]),
    ("search", &["search::agents_find_what_was_said_by_its_words", "search::searching_has_a_bucket"]),
    ("contacts", &["search::contacts_are_those_of_whom_something_is_known", "search::searching_has_a_bucket"]),
    (
        "upload_open",
        &["uploads/refused::what_is_announced_is_checked_by_field", "uploads/taken::the_same_upload_again"],
    ),
    (
        "upload_chunk",
        &["uploads/refused::a_chunk_astray_ends_the_upload", "uploads/refused::uploads_are_their_senders_own"],
    ),
    (
        "upload_abort",
        &["uploads/refused::an_upload_that_is_given_up", "uploads/refused::uploads_are_their_senders_own"],
    ),
];

#[test]
fn whatever_a_client_may_ask_has_a_test_of_the_whole_system() {
    let mut broken = Vec::new();
    for (_, name) in protocol::client::ClientFrame::OPS {
        if !ASKED.iter().any(|(asked, _)| asked == name) {
            broken.push(format!("{name}: no test is named"));
        }
    }
    for (name, tests) in ASKED {
        for test in *tests {
            let (file, function) = test.split_once("::").unwrap();
            let text = fs::read_to_string(root().join(format!("tests/{file}.rs"))).unwrap_or_default();
            if !text.contains(&format!("async fn {function}")) {
                broken.push(format!("{name}: there is no test {test}"));
            }
        }
    }
    report(&broken);
}

#[test]
fn the_documents_are_there_and_name_things_that_exist() {
    let mut broken = Vec::new();
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "protocol/SPEC.md",
        "widget-sdk/README.md",
        "migrations/README.md",
    ] {
        let Ok(text) = fs::read_to_string(root().join(document)) else {
            broken.push(format!("{document} is missing"));
            continue;
        };
        // `path/like/this.rs` in a document must be there: a map that lies is worse than none.
        for quoted in text.split('`').skip(1).step_by(2) {
            let is_path = quoted.contains('/')
                && !quoted.contains([' ', '<', '*', '{', '$', ':', '\n', '…'])
                && !quoted.starts_with(['/', '.', '-', '@'])
                && [".rs", ".ts", ".tsx", ".md", ".sql", ".py", ".sh", ".json"]
                    .iter()
                    .any(|ending| quoted.ends_with(ending));
            if is_path
                && !root().join(quoted).exists()
                && !root().join(document).parent().unwrap().join(quoted).exists()
            {
                broken.push(format!("{document} names `{quoted}`, which is not there"));
            }
        }
    }
    report(&broken);
}
