//! The fuzz targets' functions, fed with every vector and with some thousands of mutations of them: a short form of
//! `./check --full fuzz`, for every run. With `CHATDESK_CORPUS` it writes the vectors there, one file each, for the fuzzer
//! to begin with.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's way to fail")]

#[allow(unreachable_pub, reason = "it is a crate of its own as well")]
#[path = "../fuzz/src/lib.rs"]
mod entry;
#[path = "replay/mutate.rs"]
mod mutate;

use std::path::Path;

use mutate::Mutations;
use serde_json::Value;

/// Mutations of each vector.
const EACH: usize = 100;

/// Every message of the vectors.
fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut corpus = Vec::new();
    for file in ["client.json", "server.json", "tolerated.json", "invalid.json"] {
        let vectors: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(folder.join(file)).unwrap()).unwrap();
        corpus.extend(vectors.iter().map(message));
    }
    corpus
}

fn message(vector: &Value) -> Vec<u8> {
    let digits = vector["hex"].as_str().unwrap().as_bytes();
    let digit = |at: usize| char::from(digits[at]).to_digit(16).unwrap();
    let mut message: Vec<u8> =
        (0..digits.len() / 2).map(|at| u8::try_from(digit(2 * at) * 16 + digit(2 * at + 1)).unwrap()).collect();
    if let Some(pad) = vector.get("pad") {
        let byte = u8::try_from(pad[0].as_u64().unwrap()).unwrap();
        message.extend(std::iter::repeat_n(byte, usize::try_from(pad[1].as_u64().unwrap()).unwrap()));
    }
    message
}

fn feed(message: &[u8]) {
    entry::envelope(message);
    entry::client_frame(message);
    entry::server_frame(message);
}

#[test]
fn every_vector_and_its_mutations_are_taken_or_refused() {
    let corpus = corpus();
    assert!(corpus.len() > 400, "{} vectors", corpus.len());
    if let Some(folder) = std::env::var_os("CHATDESK_CORPUS") {
        std::fs::create_dir_all(&folder).unwrap();
        for (at, message) in corpus.iter().enumerate() {
            std::fs::write(Path::new(&folder).join(format!("vector-{at:03}")), message).unwrap();
        }
    }
    let mut mutations = Mutations::new(0x2026_0001);
    for (at, message) in corpus.iter().enumerate() {
        feed(message);
        for _ in 0..EACH {
            let other = mutations.pick(&corpus);
            let mutated = mutations.of(message, other);
            let fed = std::panic::catch_unwind(|| feed(&mutated));
            let digits = || mutated.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            assert!(fed.is_ok(), "a mutation of vector {at}: {}", digits());
        }
    }
}
