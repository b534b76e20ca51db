//! `vectors/`: values and their bytes, for clients in any language. This runs them, and holds them to the types:
//! `UPDATE=1 cargo test -p protocol --test vectors` writes them, which is right only when the wire is meant to change.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's way to fail")]

#[path = "vectors/client_samples.rs"]
mod client_samples;
#[path = "vectors/crafted.rs"]
mod crafted;
#[path = "vectors/plain.rs"]
mod plain;
#[path = "vectors/refused.rs"]
mod refused;
#[path = "vectors/refused_of_people.rs"]
mod refused_of_people;
#[path = "vectors/samples.rs"]
mod samples;
#[path = "vectors/server_samples.rs"]
mod server_samples;
mod side;
#[path = "vectors/welcomes.rs"]
mod welcomes;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use protocol::codec::{self, CodecError};
use protocol::frame::{Frame, Op};
use serde::Deserialize;
use serde_json::{Value, json};

use crafted::{Crafted, Expected};
use plain::Plain;
use samples::Sample;
use side::{Refusal, Side, Typed, bytes, hex};

/// One vector as it stands in a file.
#[derive(Deserialize)]
struct Vector {
    name: String,
    from: String,
    hex: String,
    pad: Option<(u8, usize)>,
    #[serde(default)]
    frames: Vec<Listed>,
    error: Option<String>,
    reason: Option<String>,
    field: Option<String>,
    #[serde(default)]
    before: usize,
}

#[derive(Deserialize)]
struct Listed {
    op: Op,
    r#ref: u32,
    body: Value,
}

impl Vector {
    fn message(&self) -> Vec<u8> {
        let mut message = bytes(&self.hex);
        if let Some((byte, times)) = self.pad {
            message.extend(std::iter::repeat_n(byte, times));
        }
        message
    }
}

fn side(from: &str) -> Side {
    match from {
        "client" => Side::Client,
        "gateway" => Side::Gateway,
        other => panic!("{other} is neither client nor gateway"),
    }
}

/// Gives a frame its type, and holds it to its rules, as the receiver does.
fn read(from: Side, frame: &Frame<'_>) -> Result<Typed, Refusal> {
    let typed = from.decode(frame)?;
    if let Typed::Client(frame) = &typed {
        frame.check().map_err(Refusal::Field)?;
    }
    Ok(typed)
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file)
}

fn vectors(file: &str) -> Vec<Vector> {
    serde_json::from_str(&std::fs::read_to_string(path(file)).unwrap()).unwrap()
}

/// Every value of ours has one encoding, and its vector is that.
#[test]
fn frames_decode_to_their_values_and_values_encode_to_their_bytes() {
    for file in ["client.json", "server.json"] {
        for vector in vectors(file) {
            let name = &vector.name;
            let (from, message) = (side(&vector.from), vector.message());
            let split: Vec<_> = codec::frames(&message).map(Result::unwrap).collect();
            let ([frame], [listed]) = (split.as_slice(), vector.frames.as_slice()) else { panic!("{name}: one frame") };
            assert_eq!((frame.op, frame.reference), (listed.op, listed.r#ref), "{name}");
            let plain: Plain = codec::body(frame).unwrap();
            assert_eq!(plain.0, listed.body, "{name}: without types");
            let typed = from.typed(listed.op, &listed.body).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert_eq!(read(from, frame).unwrap(), typed, "{name}");
            assert_eq!(hex(&typed.encode(listed.r#ref)), vector.hex, "{name}");
        }
    }
}

/// What others may write differently is taken for what it is.
#[test]
fn what_is_tolerated_decodes() {
    for vector in vectors("tolerated.json") {
        let name = &vector.name;
        let (from, message) = (side(&vector.from), vector.message());
        let frames: Vec<_> = codec::frames(&message).map(|frame| frame.expect(name)).collect();
        assert_eq!(frames.len(), vector.frames.len(), "{name}");
        for (frame, listed) in frames.iter().zip(&vector.frames) {
            assert_eq!((frame.op, frame.reference), (listed.op, listed.r#ref), "{name}");
            assert_eq!(read(from, frame), from.typed(listed.op, &listed.body), "{name}");
        }
    }
}

#[test]
fn what_is_refused_has_its_error() {
    for vector in vectors("invalid.json") {
        let name = &vector.name;
        let (from, message) = (side(&vector.from), vector.message());
        let frames: Vec<_> = codec::frames(&message).collect();
        let good = frames.iter().take_while(|frame| frame.is_ok()).count();
        let (code, reason, field) = match frames.last() {
            Some(Err(error)) => {
                assert_eq!(good, vector.before, "{name}");
                ("bad_frame", Some(reason(*error).to_owned()), None)
            }
            Some(Ok(frame)) => match read(from, frame) {
                Err(Refusal::Unsupported) => ("unsupported", None, None),
                Err(Refusal::Field(error)) => ("bad_field", None, Some(error.field)),
                Ok(typed) => panic!("{name}: taken as {typed:?}"),
            },
            None => panic!("{name}: no frame"),
        };
        assert_eq!((Some(code), reason, field), (vector.error.as_deref(), vector.reason, vector.field), "{name}");
    }
}

/// Every op has vectors, and together they hold every field both there and not there; `tests/spec.rs` leans on this.
#[test]
fn every_op_has_vectors_of_its_own_name() {
    for (file, side) in [("client.json", Side::Client), ("server.json", Side::Gateway)] {
        let mut seen: BTreeMap<Op, usize> = BTreeMap::new();
        for vector in vectors(file) {
            let op = vector.frames[0].op;
            let name = side.ops().iter().find(|(number, _)| *number == op).unwrap().1;
            assert!(vector.name == name || vector.name.starts_with(&format!("{name}:")), "{}", vector.name);
            *seen.entry(op).or_default() += 1;
        }
        for (op, name) in side.ops() {
            assert!(seen.contains_key(op), "no vector for {name}");
        }
    }
}

#[test]
fn the_files_are_what_the_types_say() {
    let all = [
        ("client.json", ours("client", &client_samples::client_frames())),
        ("server.json", ours("gateway", &server_samples::server_frames())),
        ("tolerated.json", theirs(crafted::tolerated())),
        ("invalid.json", theirs(crafted::no_frames().into_iter().chain(refused_frames()))),
    ];
    for (file, text) in all {
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path(file), &text).unwrap();
        }
        let kept = std::fs::read_to_string(path(file)).unwrap_or_default();
        assert!(kept == text, "vectors/{file} differs; if the wire is meant to change, run with UPDATE=1");
    }
}

/// Good frames whose fields are not.
fn refused_frames() -> impl Iterator<Item = Crafted> {
    let people = [refused_of_people::of_visitors(), refused_of_people::of_agents(), refused_of_people::of_uploads()];
    refused::of_logs().into_iter().chain(refused::of_forms()).chain(people.into_iter().flatten())
}

fn ours(from: &str, samples: &[Sample]) -> String {
    list(samples.iter().map(|sample| {
        let Sample { name, op, reference, json, bytes } = sample;
        let hex = hex(bytes);
        format!(
            "{{\"name\": {}, \"from\": \"{from}\", \"hex\": \"{hex}\",\n  \
             \"frames\": [{{\"op\": {op}, \"ref\": {reference}, \"body\": {json}}}]}}",
            json!(name)
        )
    }))
}

fn theirs(crafted: impl IntoIterator<Item = Crafted>) -> String {
    list(crafted.into_iter().map(|Crafted { name, from, bytes, pad, expected }| {
        let from = if from == Side::Client { "client" } else { "gateway" };
        let mut text = format!("{{\"name\": {}, \"from\": \"{from}\", \"hex\": \"{}\"", json!(name), hex(&bytes));
        if let Some((byte, times)) = pad {
            write!(text, ", \"pad\": [{byte}, {times}]").unwrap();
        }
        match expected {
            Expected::Frames(frames) => {
                let frames =
                    frames.into_iter().map(|(op, reference, body)| json!({"op": op, "ref": reference, "body": body}));
                write!(text, ",\n  \"frames\": {}", Value::Array(frames.collect())).unwrap();
            }
            Expected::Error { code, detail, before } => {
                write!(text, ",\n  \"error\": \"{code}\"").unwrap();
                match code {
                    "bad_frame" => write!(text, ", \"reason\": \"{detail}\", \"before\": {before}").unwrap(),
                    "bad_field" => write!(text, ", \"field\": \"{detail}\"").unwrap(),
                    _ => {}
                }
            }
        }
        text + "}"
    }))
}

fn list(vectors: impl Iterator<Item = String>) -> String {
    format!("[\n{}\n]\n", vectors.collect::<Vec<_>>().join(",\n"))
}

fn reason(error: CodecError) -> &'static str {
    match error {
        CodecError::Truncated => "truncated",
        CodecError::TooLarge => "too_large",
        CodecError::TooDeep => "too_deep",
        CodecError::TooMany => "too_many",
        CodecError::BadEnvelope => "bad_envelope",
        CodecError::BadByte => "bad_byte",
    }
}
