//! The TypeScript side of the wire, generated. `UPDATE=1 cargo test -p protocol typescript` writes it; without, the
//! test fails when it differs from what the Rust types say.

use std::fmt::Write as _;
use std::path::Path;

use ts_rs::{Config, TS};

use crate::client::{self, ClientFrame};
use crate::code::{CloseCode, ErrorCode};
use crate::server::{self, ServerFrame};
use crate::{SUBPROTOCOL, frame, http, id, limit, value};

const FILE: &str = "../widget-sdk/src/client/wire.ts";

fn generated() -> String {
    let config = Config::new().with_large_int("number");
    let mut out = String::from(
        "// The wire's types, generated from the protocol crate by `UPDATE=1 cargo test -p protocol typescript`.\n\
         // Do not edit.\n\n",
    );
    writeln!(out, "export const SUBPROTOCOL = '{SUBPROTOCOL}'").unwrap();
    for (name, bound) in [
        ("FRAME_BYTES", limit::FRAME_BYTES),
        ("DEPTH", limit::DEPTH),
        ("ELEMENTS", limit::ELEMENTS),
        ("TEXT_BYTES", limit::TEXT_BYTES),
        ("NAME_BYTES", limit::NAME_BYTES),
        ("ANSWER_BYTES", limit::ANSWER_BYTES),
        ("FORM_FIELDS", limit::FORM_FIELDS),
        ("FORM_KEY_BYTES", limit::FORM_KEY_BYTES),
        ("FIELD_OPTIONS", limit::FIELD_OPTIONS),
        ("DEPARTMENTS", limit::DEPARTMENTS),
        ("DEPARTMENT_MEMBERS", limit::DEPARTMENT_MEMBERS),
        ("ALLOWED_DOMAINS", limit::ALLOWED_DOMAINS),
        ("GREETING_BYTES", limit::GREETING_BYTES),
        ("AUTO_OPEN_DELAY_SECONDS", limit::AUTO_OPEN_DELAY_SECONDS as usize),
        ("STRINGS", limit::STRINGS),
        ("STRING_BYTES", limit::STRING_BYTES),
        ("OPEN_HOURS", limit::OPEN_HOURS),
        ("RULES", limit::RULES),
        ("RULE_SECONDS", limit::RULE_SECONDS as usize),
        ("PASSWORD_CHARS_MIN", limit::PASSWORD_CHARS_MIN),
        ("SEARCH_QUERY_BYTES", limit::SEARCH_QUERY_BYTES),
        ("RESUME_CURSORS", limit::RESUME_CURSORS),
        ("SYNC_KNOWN", limit::SYNC_KNOWN),
        ("UPLOAD_CHUNK_BYTES", limit::UPLOAD_CHUNK_BYTES),
    ] {
        writeln!(out, "export const {name} = {bound}").unwrap();
    }
    let languages: Vec<String> = value::SEARCH_LANGUAGES.iter().map(|name| format!("'{name}',\n")).collect();
    writeln!(out, "\n/** The languages that entries can be searched with. */").unwrap();
    writeln!(out, "export const SEARCH_LANGUAGES = [\n{}] as const", languages.concat()).unwrap();
    let languages = value::LANGUAGES.map(|code| format!("'{code}'")).join(", ");
    writeln!(out, "\n/** The languages that the widget speaks. */").unwrap();
    writeln!(out, "export const LANGUAGES = [{languages}] as const").unwrap();
    for (name, ops) in [("ClientOp", ClientFrame::OPS), ("ServerOp", ServerFrame::OPS)] {
        writeln!(out, "\nexport const {name} = {{").unwrap();
        for (op, text) in ops {
            writeln!(out, "  {text}: {op},").unwrap();
        }
        writeln!(out, "}} as const").unwrap();
    }
    writeln!(out, "\n/** Why the gateway closed a socket; below 4500 a client connects again. */").unwrap();
    writeln!(out, "export const CloseCode = {{").unwrap();
    for code in CloseCode::ALL {
        writeln!(out, "  {code:?}: {},", code.number()).unwrap();
    }
    writeln!(out, "}} as const\n").unwrap();

    writeln!(out, "/** Names with their values. */\nexport type Attributes = Record<string, Attribute>\n").unwrap();
    writeln!(out, "/** Texts by language and key. */").unwrap();
    writeln!(out, "export type Strings = Record<string, Record<string, string>>\n").unwrap();

    macro_rules! declare {
        ($($type:ty),* $(,)?) => { $(
            let docs = <$type as TS>::docs().unwrap_or_default();
            writeln!(out, "{}export {}\n", docs, <$type as TS>::decl(&config)).unwrap();
        )* };
    }
    declare!(
        id::OrganizationId,
        id::MemberId,
        id::VisitorId,
        id::DepartmentId,
        id::ConversationId,
        id::EntryId,
        id::AttachmentId,
        id::ParticipantId,
        ErrorCode,
        value::Role,
        value::ParticipantKind,
        value::Participant,
        value::ConversationStatus,
        value::Priority,
        value::EntryKind,
        value::Attachment,
        value::Assignment,
        value::Rating,
        value::Content,
        value::Entry,
        value::ReadReceipt,
        value::Head,
        value::Attribute,
        value::VisitorSummary,
        value::Preview,
        value::Answer,
        value::Summary,
        value::AgentAvailability,
        value::AgentCard,
        value::Colleague,
        value::Member,
        value::Organization,
        value::Position,
        value::Theme,
        value::OpenHours,
        value::BusinessHours,
        value::ProactiveRule,
        value::WidgetSettings,
        value::Department,
        value::FormFieldKind,
        value::FormField,
        value::Form,
        value::WidgetConfig,
        frame::Error,
        client::HelloRole,
        client::Page,
        client::Cursor,
        client::Hello,
        client::Ping,
        client::Pong,
        client::Start,
        client::Send,
        client::Unfollow,
        client::History,
        client::Read,
        client::Typing,
        client::InboxPlace,
        client::Assigned,
        client::Inbox,
        client::Known,
        client::InboxSync,
        client::SetAvailability,
        client::Watched,
        client::Watch,
        client::Unwatch,
        client::Identify,
        client::Update,
        client::Track,
        client::Transcript,
        client::Profile,
        value::SearchPlace,
        client::Search,
        value::ContactPlace,
        client::Contacts,
        client::UploadOpen,
        client::Chunk,
        client::UploadChunk,
        client::UploadAbort,
        value::LiveVisitor,
        value::Browser,
        value::PageView,
        value::TrackedEvent,
        value::VisitorProfile,
        value::DepartmentCount,
        value::InboxCounts,
        value::SnippetPart,
        value::SearchHit,
        value::Contact,
        server::SharedLimits,
        server::Limits,
        server::Availability,
        server::VisitorWelcome,
        server::AgentWelcome,
        server::Welcome,
        server::Goaway,
        server::Done,
        server::Started,
        server::Routed,
        server::Stored,
        server::Replay,
        server::HistoryPage,
        server::ReadBy,
        server::TypingBy,
        server::InboxPage,
        server::InboxChanges,
        server::Scope,
        server::Throttle,
        server::Identified,
        server::Visitors,
        server::VisitorLeft,
        server::SearchPage,
        server::ContactsPage,
        server::Gone,
        server::UploadReady,
        server::UploadCredit,
        server::UploadDone,
        http::Signup,
        http::Login,
        http::SwitchOrganization,
        http::Me,
        http::SearchSettings,
        http::DepartmentMembers,
        http::RatingsPage,
        http::RatedConversation,
        http::RatingPlace,
        http::Failure,
    );

    // One map a direction from a frame's name to its body, so that a client's `request('send', …)` is checked.
    for (name, ops, docs) in [
        ("ClientBodies", ClientFrame::OPS, "What a client says, by name."),
        ("ServerBodies", ServerFrame::OPS, "What a gateway says, by name."),
    ] {
        writeln!(out, "/** {docs} */\nexport type {name} = {{").unwrap();
        for (_, text) in ops {
            writeln!(out, "  {text}: {}", body_type(text)).unwrap();
        }
        writeln!(out, "}}\n").unwrap();
    }
    tidied(&out)
}

/// ts-rs writes for compilers; this puts one field a line, indented, and short comments on one.
fn tidied(raw: &str) -> String {
    let mut out = String::new();
    let mut comment: Vec<&str> = Vec::new();
    let mut inside = false;
    for line in raw.replace(", };", ",\n}").replace("= { };", "= {}").lines() {
        let text = line.trim().trim_end_matches(';');
        inside &= !text.starts_with(['}', ']']);
        let indent = if inside { "  " } else { "" };
        match (text, comment.as_slice()) {
            ("*/", ["/**", only]) => {
                writeln!(out, "{indent}/** {} */", only.trim_start_matches("* ")).unwrap();
                comment.clear();
            }
            ("*/", ["/**", lines @ ..]) => {
                writeln!(out, "{indent}/**").unwrap();
                lines.iter().for_each(|line| writeln!(out, "{indent} {line}").unwrap());
                writeln!(out, "{indent} */").unwrap();
                comment.clear();
            }
            ("/**", _) | (_, ["/**", ..]) => comment.push(text),
            ("", _) => out.push('\n'),
            _ => writeln!(out, "{indent}{text}").unwrap(),
        }
        inside |= text.ends_with("= {") || text.ends_with("= [");
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// `history_page` → `HistoryPage`, but for the three whose body goes by another name.
fn body_type(op: &str) -> String {
    match op {
        "follow" => "Cursor".into(),
        "ok" => "Done".into(),
        "error" => "WireError".into(),
        "presence" => "Colleague".into(),
        _ => op
            .split('_')
            .map(|word| {
                let (first, rest) = word.split_at(1);
                first.to_uppercase() + rest
            })
            .collect(),
    }
}

#[test]
fn typescript_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let now = generated();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, now).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == now, "{FILE} is not what the types say; run: UPDATE=1 cargo test -p protocol typescript");
}
