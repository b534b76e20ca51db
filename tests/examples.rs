//! The Python clients, which were written from SPEC.md, talk to each other through a gateway that is killed meanwhile.
//! `./check examples` installs what they need and names the Python in `CHATDESK_PYTHON`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use protocol::value::Seq;
use tests::database::{TestDatabase, scratch};
use tests::http;
use tests::process::Process;
use tokio::runtime::Runtime;

const LINES: usize = 12;

/// Lines of the file that the visitor sends: some megabytes, so that it is still on its way when the gateway is killed.
const FILE_LINES: usize = 150_000;

/// Ends a client with its test.
struct Client(std::process::Child);

impl Drop for Client {
    fn drop(&mut self) {
        // Ended already, or ended now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An entry as the database has it.
struct Row {
    seq: Seq,
    sender: String,
    text: Option<String>,
    file: Option<String>,
}

fn log(runtime: &Runtime, database: &TestDatabase) -> Vec<Row> {
    let sql = "select seq, sender_kind, content->>'text', content->'attachment'->>'url' from entries order by seq";
    let rows = runtime.block_on(async { database.client().await.query(sql, &[]).await.unwrap() });
    let row = |row: &tokio_postgres::Row| Row {
        seq: row.get::<_, i64>(0).cast_unsigned(),
        sender: row.get(1),
        text: row.get(2),
        file: row.get(3),
    };
    rows.iter().map(row).collect()
}

/// Whether something of an unfinished upload is there.
fn arriving(data: &Path) -> bool {
    let inside = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().map_while(Result::ok);
    let parts = inside(data.join("uploads")).flat_map(|organization| inside(organization.path()));
    parts.filter_map(|part| part.metadata().ok()).any(|part| part.len() > 0)
}

#[test]
#[ignore = "needs a Python with protocol/examples/requirements.txt: ./check examples"]
fn a_visitor_and_a_bot_in_another_language_hold_a_conversation_over_a_kill() {
    let python = std::env::var("CHATDESK_PYTHON").expect("CHATDESK_PYTHON names a Python");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../protocol/examples");
    let state = scratch("examples");
    std::fs::create_dir_all(&state).unwrap();
    let (data, menu, kept) = (state.join("data"), state.join("menu.txt"), state.join("visitor.json"));
    let menu_text: String = (0..FILE_LINES).map(|n| format!("{n} cups of tea, hot\n")).collect();
    std::fs::write(&menu, &menu_text).unwrap();
    let database = TestDatabase::new();
    let flags = ["--demo", "--database-url", database.url(), "--data", data.to_str().unwrap()];
    let process = Process::start(&flags);
    let run = |script: &str, arguments: &[&str]| {
        let mut command = Command::new(&python);
        command.arg("-B").arg(format!("{examples}/{script}")).args(arguments).stdin(Stdio::null());
        Client(command.spawn().unwrap())
    };
    let _agent = run("echo_agent.py", &["--base", &format!("http://{}", process.address)]);
    let url = process.ws();
    let goal = (LINES + 1).to_string();
    let said: Vec<String> = (0..LINES).map(|n| format!("line {n}")).collect();
    let mut arguments = vec!["--url", &url, "--state", kept.to_str().unwrap(), "--until-reply", &goal];
    arguments.extend(["--answer", "name=Ada", "--answer", "email=ada@example.com", "--file", menu.to_str().unwrap()]);
    arguments.extend(said.iter().flat_map(|line| ["--say", line.as_str()]));
    let mut talking = run("visitor.py", &arguments);

    let runtime = Runtime::new().unwrap();
    // Killed as soon as some of the file is there, which is in the middle or just after it; either must end well.
    while !arriving(&data) && log(&runtime, &database).iter().all(|row| row.file.is_none()) {
        std::thread::yield_now();
    }
    let address = process.kill();
    let _process = Process::start_at(address, &flags);
    assert!(talking.0.wait().unwrap().success(), "the visitor has had all its replies");

    let log = log(&runtime, &database);
    assert_eq!(log.iter().map(|row| row.seq).collect::<Vec<_>>(), (1..=log.len() as Seq).collect::<Vec<_>>());
    let of = |kind: &str| -> Vec<&str> {
        log.iter().filter(|row| row.sender == kind).filter_map(|row| row.text.as_deref()).collect()
    };
    assert_eq!(of("visitor"), said);
    let mut echoes = of("agent");
    echoes.sort_unstable();
    let told = format!("menu.txt, {} bytes", menu_text.len());
    let mut expected: Vec<&str> = said.iter().map(String::as_str).chain([told.as_str()]).collect();
    expected.sort_unstable();
    assert_eq!(echoes, expected, "one echo each");
    let files: Vec<&str> = log.iter().filter_map(|row| row.file.as_deref()).collect();
    let [file] = files.as_slice() else { panic!("{files:?} is one file") };
    let answer = runtime.block_on(http::request(address, "GET", file, &[], None));
    assert_eq!(answer.status, 200);
    assert!(answer.body == menu_text.as_bytes(), "the file is the one that was sent");
    std::fs::remove_dir_all(state).unwrap();
}
