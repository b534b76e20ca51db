//! `SPEC.md` says what the code does: its tables are compared with the enums and constants, its types with the generated
//! TypeScript, and the bytes of its exchange with the codec (`UPDATE=1 cargo test -p protocol --test spec` writes those).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's way to fail")]

mod side;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use protocol::code::{CloseCode, ErrorCode};
use protocol::frame::Op;
use protocol::{codec, limit};
use serde_json::Value;

use side::{Side, bytes, hex};

const SPEC: &str = include_str!("../SPEC.md");
const WIRE: &str = include_str!("../../widget-sdk/src/client/wire.ts");

/// The rows of the table whose header begins with `columns`, each with its cells.
fn table(columns: &[&str]) -> Vec<Vec<&'static str>> {
    let rows: Vec<Vec<&str>> = SPEC.lines().map(|line| cells(line).unwrap_or_default()).collect();
    let header = rows.iter().position(|row| row.starts_with(columns)).unwrap_or_else(|| panic!("no table {columns:?}"));
    rows[header + 2..].iter().take_while(|row| !row.is_empty()).cloned().collect()
}

fn cells(line: &'static str) -> Option<Vec<&'static str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

/// A cell that is one word or list in backticks, without them.
fn bare(cell: &str) -> &str {
    cell.trim_matches('`')
}

/// The words of a cell that stand between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn yes(cell: &str) -> bool {
    match cell {
        "yes" => true,
        "no" => false,
        other => panic!("{other} is neither yes nor no"),
    }
}

#[test]
fn every_op_has_its_row() {
    for (columns, side) in [(["Op", "Name", "Who"], Side::Client), (["Op", "Name", "To"], Side::Gateway)] {
        let rows = table(&columns);
        let told: Vec<(Op, &str)> = rows.iter().map(|row| (row[0].parse().unwrap(), bare(row[1]))).collect();
        assert_eq!(told, side.ops());
    }
}

#[test]
fn replies_and_errors_are_frames_and_codes() {
    let replies: BTreeSet<&str> = Side::Gateway.ops().iter().map(|(_, name)| *name).collect();
    let codes: BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    for row in table(&["Op", "Name", "Who"]) {
        for reply in quoted(row[4]) {
            assert!(replies.contains(reply), "{}: {reply}", row[1]);
        }
        for code in quoted(row[5]) {
            assert!(codes.contains(code), "{}: {code}", row[1]);
        }
    }
}

#[test]
fn error_codes_are_told() {
    let told: Vec<_> = table(&["Code", "Retryable", "HTTP"])
        .into_iter()
        .map(|row| (bare(row[0]), yes(row[1]), row[2].parse::<u16>().unwrap()))
        .collect();
    let all: Vec<_> = ErrorCode::ALL.iter().map(|code| (code.as_str(), code.retryable(), code.http_status())).collect();
    assert_eq!(told, all);
}

#[test]
fn close_codes_are_told() {
    let told: Vec<_> = table(&["Number", "Reason", "Reconnect"])
        .into_iter()
        .map(|row| (row[0].parse::<u16>().unwrap(), row[1], yes(row[2])))
        .collect();
    let all: Vec<_> = CloseCode::ALL.iter().map(|code| (code.number(), code.reason(), code.reconnect())).collect();
    assert_eq!(told, all);
}

#[test]
fn limits_are_told() {
    macro_rules! limits {
        ($($name:ident)*) => { vec![$((stringify!($name), u64::try_from(limit::$name).unwrap()),)*] };
    }
    #[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions, reason = "their types differ")]
    let all = limits! {
        FRAME_BYTES DEPTH ELEMENTS TEXT_BYTES CLIENT_ID_BYTES NAME_BYTES ANSWER_BYTES FORM_FIELDS FORM_KEY_BYTES FORM_BYTES
        ANSWERS_BYTES FIELD_OPTIONS DEPARTMENTS ALLOWED_DOMAINS GREETING_BYTES AUTO_OPEN_DELAY_SECONDS
        STRINGS STRING_KEY_BYTES STRING_BYTES STRINGS_BYTES OPEN_HOURS DAY_MINUTES RULES RULE_ID_BYTES RULE_SECONDS RULES_BYTES
        PAGE_ENTRIES PAGE_ENTRIES_DEFAULT PAGE_READ_MARKS INBOX_PAGE_BYTES INBOX_PAGE FOUND_PAGE SEARCH_QUERY_BYTES RESUME_CURSORS
        PASSWORD_CHARS_MIN PASSWORD_BYTES_MAX PREVIEW_CHARS PING_HEADS SYNC_KNOWN ATTRIBUTES ATTRIBUTE_NAME_BYTES
        ATTRIBUTE_BYTES ATTRIBUTES_BYTES IDENTITY_TOKEN_BYTES DEPARTMENT_MEMBERS COLLEAGUES LIVE_VISITORS PROFILE_ROWS UPLOAD_CHUNK_BYTES
    };
    let told: Vec<_> = table(&["Name", "Value", "What"])
        .into_iter()
        .map(|row| (bare(row[0]), row[1].parse::<u64>().unwrap()))
        .collect();
    assert_eq!(told, all);
    // A limit that is new must be added above, and so told.
    let source = include_str!("../src/limit.rs");
    let names: Vec<_> = source.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next()).collect();
    assert_eq!(names, all.into_iter().map(|(name, _)| name).collect::<Vec<_>>());
}

/// A type's fields: the name, with `?` if it may be left out, and the type as TypeScript has it.
type Fields = Vec<(String, String)>;

/// `export type X = { … }` of the generated TypeScript.
fn typescript() -> BTreeMap<&'static str, Fields> {
    let mut types = BTreeMap::new();
    let mut lines = WIRE.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("export type ").and_then(|rest| rest.strip_suffix(" = {")) else { continue };
        let inside = lines.by_ref().take_while(|line| *line != "}").map(str::trim);
        let fields = inside.filter(|line| !line.starts_with(['/', '*'])).map(|line| {
            let (field, kind) = line.trim_end_matches(',').split_once(": ").unwrap();
            (field.to_owned(), kind.to_owned())
        });
        types.insert(name, fields.collect());
    }
    types
}

/// `export type X = "a" | "b"`.
fn words(name: &str) -> Vec<String> {
    let prefix = format!("export type {name} = ");
    let line = WIRE.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_else(|| panic!("no type {name}"));
    line.split(" | ").map(|word| word.trim_matches('"').to_owned()).collect()
}

/// The fields of a cell, with the TypeScript types that they stand for.
fn fields(cell: &str) -> Fields {
    let split = cell.split(", ").filter(|field| !field.is_empty());
    split
        .map(|field| {
            let (name, kind) = field.split_once(": ").unwrap_or_else(|| panic!("{field} has no type"));
            (name.to_owned(), kind.to_owned())
        })
        .collect()
}

/// A type of the page without its bound, as TypeScript says it.
fn plain(kind: &str) -> String {
    let kind = kind.rsplit_once('(').map_or(kind, |(kind, _)| kind);
    if let Some(of) = kind.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return format!("Array<{}>", plain(of));
    }
    match kind {
        "str" => "string",
        "int" | "ms" | "seq" => "number",
        "bool" => "boolean",
        "bin" => "Chunk",
        other => other,
    }
    .to_owned()
}

/// The same of a generated type: ids are `id`.
fn generated(kind: &str) -> String {
    if let Some(of) = kind.strip_prefix("Array<").and_then(|rest| rest.strip_suffix('>')) {
        return format!("Array<{}>", generated(of));
    }
    if kind.ends_with("Id") { "id".into() } else { kind.into() }
}

fn assert_same(name: &str, told: &str, types: &Fields) {
    let told: Fields = fields(told).into_iter().map(|(field, kind)| (field, plain(&kind))).collect();
    let types: Fields = types.iter().map(|(field, kind)| (field.clone(), generated(kind))).collect();
    assert_eq!(told, types, "{name}");
}

#[test]
fn bodies_and_values_have_the_fields_that_are_told() {
    let types = typescript();
    for (columns, bodies) in [(["Op", "Name", "Who"], "ClientBodies"), (["Op", "Name", "To"], "ServerBodies")] {
        for row in table(&columns) {
            let (_, body) = types[bodies].iter().find(|(name, _)| name == bare(row[1])).unwrap();
            assert_same(row[1], bare(row[3]), types.get(body.as_str()).unwrap_or(&Fields::new()));
        }
    }
    let values = table(&["Type", "Fields"]);
    for row in &values {
        assert_same(row[0], bare(row[1]), &types[bare(row[0])]);
    }
    // Whatever is named somewhere is told somewhere.
    let known: BTreeSet<&str> = values.iter().chain(&table(&["Enumeration"])).map(|row| bare(row[0])).collect();
    let bodies = table(&["Op", "Name"]).into_iter().chain(table(&["Op", "Name", "To"])).map(|row| bare(row[3]));
    for cell in bodies.chain(values.iter().map(|row| bare(row[1]))) {
        for (field, kind) in fields(cell) {
            let kind = plain(&kind);
            let kind = kind.strip_prefix("Array<").and_then(|rest| rest.strip_suffix('>')).unwrap_or(&kind);
            let simple = ["id", "string", "number", "boolean", "Chunk", "Attributes", "Strings", "ErrorCode"];
            assert!(simple.contains(&kind) || known.contains(kind), "{field}: {kind} is not told");
        }
    }
}

#[test]
fn enumerations_have_the_words_that_are_told() {
    for row in table(&["Enumeration", "Words"]) {
        let told: Vec<_> = quoted(row[1]).collect();
        // The word for words that are not known is the types' own, and never on the wire.
        let all: Vec<_> = words(bare(row[0])).into_iter().filter(|word| word != "unknown").collect();
        assert_eq!(told, all, "{}", row[0]);
    }
}

/// The tables in the text, which say what each word is for.
#[test]
fn kinds_and_features_are_told() {
    let known = |name: &str| words(name).into_iter().filter(|word| word != "unknown").collect::<Vec<_>>();
    let of = |columns: &[&str]| table(columns).into_iter().map(|row| bare(row[0])).collect::<Vec<_>>();
    assert_eq!(of(&["Kind", "Field"]), known("EntryKind"));
    assert_eq!(of(&["Kind", "Value"]), known("FormFieldKind"));
    let types = typescript();
    for row in table(&["Kind", "Field"]).iter().filter(|row| !row[1].is_empty()) {
        assert!(types["Content"].iter().any(|(name, _)| name == &format!("{}?", bare(row[1]))), "{row:?}");
    }
    for feature in protocol::FEATURES {
        assert!(SPEC.contains(&format!("**`{feature}`**")), "{feature}");
    }
}

/// The frames of the exchange: `→ [op, ref, body]`, then a line of hexadecimal digits.
#[test]
fn the_exchange_has_its_bytes() {
    let (before, exchange) = SPEC.split_once("## 25. ").unwrap();
    let mut written = format!("{before}## 25. ");
    let (mut frames, mut expected) = (0, None);
    for line in exchange.lines() {
        let frame = [("→ ", Side::Client), ("← ", Side::Gateway)]
            .into_iter()
            .find_map(|(arrow, side)| Some((side, line.strip_prefix(arrow)?)));
        if let Some((side, json)) = frame {
            let (op, reference, body): (Op, u32, Value) = serde_json::from_str(json).unwrap();
            let encoded = side.typed(op, &body).unwrap().encode(reference);
            frames += 1;
            expected = Some(hex(&encoded));
            written += line;
            written.push('\n');
            written += &format!("  {}\n", hex(&encoded));
        } else if let Some(told) = line.strip_prefix("  ") {
            if std::env::var_os("UPDATE").is_none() {
                assert_eq!(Some(told.to_owned()), expected.take(), "in {line}");
            }
            assert!(codec::frames(&bytes(told)).all(|frame| frame.is_ok()), "{told}");
        } else {
            written += line;
            written.push('\n');
        }
    }
    assert!(frames >= 10, "{frames} frames");
    if std::env::var_os("UPDATE").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("SPEC.md");
        std::fs::write(path, &written).unwrap();
    } else {
        assert!(written == SPEC, "SPEC.md has not all bytes; run: UPDATE=1 cargo test -p protocol --test spec");
    }
}
