//! The Python clients, which were written from SPEC.md, talk to each other through a gateway that is killed meanwhile.
//! `./check examples` installs what they need and names the Python in `CHATDESK_PYTHON`.

use std::process::{Command, Stdio};

use protocol::value::Seq;
use tests::database::{TestDatabase, scratch};
use tests::process::Process;

const LINES: usize = 12;

/// Ends a client with its test.
struct Client(std::process::Child);

impl Drop for Client {
    fn drop(&mut self) {
        // Ended already, or ended now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs a Python with protocol/examples/requirements.txt: ./check examples"]
fn a_visitor_and_a_bot_in_another_language_hold_a_conversation_over_a_kill() {
    let python = std::env::var("CHATDESK_PYTHON").expect("CHATDESK_PYTHON names a Python");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../protocol/examples");
    let state = scratch("examples");
    std::fs::create_dir_all(&state).unwrap();
    let database = TestDatabase::new();
    let flags = ["--demo", "--database-url", database.url()];
    let process = Process::start(&flags);
    let run = |script: &str, arguments: &[&str]| {
        let mut command = Command::new(&python);
        command.arg(format!("{examples}/{script}")).args(arguments).stdin(Stdio::null());
        Client(command.spawn().unwrap())
    };
    let _agent = run("echo_agent.py", &["--base", &format!("http://{}", process.address)]);
    let url = process.ws();
    let visitor = |count: usize| {
        let kept = state.join("visitor.json").to_string_lossy().into_owned();
        let goal = count.to_string();
        let answers = ["--answer", "name=Ada", "--answer", "email=ada@example.com"];
        let fixed = ["--url", &url, "--state", &kept, "--until-reply", &goal];
        let lines: Vec<String> = (0..LINES).flat_map(|n| ["--say".into(), format!("line {n}")]).collect();
        let arguments: Vec<&str> =
            fixed.iter().copied().chain(answers).chain(lines.iter().map(String::as_str)).collect();
        run("visitor.py", &arguments)
    };
    let mut talking = visitor(LINES);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sql = "select seq, sender_kind, content->>'text' from entries order by seq";
    let texts = || -> Vec<(Seq, String, String)> {
        let rows = runtime.block_on(async { database.client().await.query(sql, &[]).await.unwrap() });
        rows.iter().map(|row| (row.get::<_, i64>(0) as Seq, row.get(1), row.get(2))).collect()
    };
    // Killed as soon as something is there, which is in the middle or just after it; either must end well.
    while texts().is_empty() {
        std::thread::yield_now();
    }
    let address = process.kill();
    let _process = Process::start_at(address, &flags);
    assert!(talking.0.wait().unwrap().success(), "the visitor has had all its replies");

    let log = texts();
    assert_eq!(log.iter().map(|(seq, ..)| *seq).collect::<Vec<_>>(), (1..=log.len() as Seq).collect::<Vec<_>>());
    let of = |kind: &str| -> Vec<String> {
        log.iter().filter(|(_, sender, _)| sender == kind).map(|(.., text)| text.clone()).collect()
    };
    let said: Vec<String> = (0..LINES).map(|n| format!("line {n}")).collect();
    assert_eq!(of("visitor"), said);
    assert_eq!(of("agent").len(), LINES);
    std::fs::remove_dir_all(state).unwrap();
}
