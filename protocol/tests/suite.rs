//! The encodings of kawanet's msgpack-test-suite (MIT, from npm; `npm ci` puts it into `node_modules`), written by people
//! who did not know this codec: each is fed as a body, as a field that nobody knows, and as an attribute.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's way to fail")]

use std::path::Path;

use protocol::client::{ClientFrame, Update};
use protocol::codec::{self, CodecError};
use protocol::frame::Frame;
use protocol::server::ServerFrame;
use protocol::value::{Attribute, FieldError};
use serde_json::Value;

const FILE: &str = "../node_modules/msgpack-test-suite/dist/msgpack-test-suite.json";

/// What an encoding says.
struct Case {
    value: Value,
    bytes: Vec<u8>,
}

impl Case {
    fn is(&self, kind: &str) -> bool {
        self.value.get(kind).is_some()
    }

    /// A type that this protocol has none of.
    fn extends(&self) -> bool {
        self.is("ext") || self.is("timestamp")
    }
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)).expect("npm ci puts it there");
    let files: std::collections::BTreeMap<String, Vec<Value>> = serde_json::from_str(&text).unwrap();
    let byte = |digits: &str| u8::from_str_radix(digits, 16).unwrap();
    let of = |value: &Value| {
        let encodings: Vec<String> = serde_json::from_value(value["msgpack"].clone()).unwrap();
        let case = |encoding: String| Case { value: value.clone(), bytes: encoding.split('-').map(byte).collect() };
        encodings.into_iter().map(case).collect::<Vec<_>>()
    };
    files.values().flatten().flat_map(of).collect()
}

/// A frame with the encoding behind `header`.
fn behind(header: &[u8], case: &Case) -> Vec<u8> {
    [header, &case.bytes].concat()
}

fn only(message: &[u8]) -> Result<Frame<'_>, CodecError> {
    let mut all = codec::frames(message);
    let first = all.next().unwrap();
    assert_eq!(all.next(), None);
    first
}

#[test]
#[ignore = "needs npm's msgpack-test-suite: ./check protocol"]
fn every_encoding_is_taken_or_refused_as_the_page_says() {
    let cases = cases();
    assert!(cases.len() > 200, "{} encodings", cases.len());
    for case in cases {
        let told = format!("{} as {:02x?}", case.value, case.bytes);
        as_body(&case, &told);
        as_unknown_field(&case, &told);
        let message = behind(b"\x93\x0c\x01\x81\xaaattributes\x81\xa1x", &case);
        match only(&message) {
            Ok(frame) => as_attribute(&case, ClientFrame::decode(&frame).unwrap(), &told),
            Err(error) => assert!(error == CodecError::BadByte && case.extends(), "{told}"),
        }
    }
}

/// Only a map is a body, of whatever fields.
fn as_body(case: &Case, told: &str) {
    let message = behind(&[0x93, 3, 1], case);
    match only(&message) {
        Ok(frame) => {
            assert!(case.is("map"), "{told}");
            assert_eq!(frame.body, case.bytes, "{told}");
            assert_eq!(ClientFrame::decode(&frame), Some(Ok(protocol::client::Ping::default().into())), "{told}");
            assert!(ServerFrame::decode(&frame).unwrap().is_ok(), "{told}");
        }
        Err(CodecError::BadByte) => assert!(case.extends(), "{told}"),
        Err(error) => {
            assert!(error == CodecError::BadEnvelope && !case.is("map") && !case.extends(), "{told}: {error}")
        }
    }
}

/// Whatever a later version may add is passed over, but for extension types.
fn as_unknown_field(case: &Case, told: &str) {
    let message = behind(b"\x93\x03\x01\x81\xa5later", case);
    match only(&message) {
        Ok(frame) => {
            assert_eq!(ClientFrame::decode(&frame), Some(Ok(protocol::client::Ping::default().into())), "{told}")
        }
        Err(error) => assert!(error == CodecError::BadByte && case.extends(), "{told}"),
    }
}

/// Text, numbers and booleans are what they were written for; integers beyond 2^53, lists, maps and bytes are refused.
fn as_attribute(case: &Case, decoded: Result<ClientFrame, FieldError>, told: &str) {
    // The number as it was meant, in full: JSON's may be rounded.
    let number: Option<i128> = ["bignum", "number"].iter().find_map(|kind| match case.value.get(kind)? {
        Value::String(digits) => digits.parse().ok(),
        number => number.as_i64().map(Into::into),
    });
    let float = matches!(case.bytes[0], 0xca | 0xcb);
    let beyond = !float && number.is_some_and(|number| number.abs() >= 1 << 53);
    let refused = beyond || ["array", "map", "binary"].iter().any(|kind| case.is(kind));
    let typed = match decoded {
        Ok(typed) => typed,
        Err(error) => {
            assert!(refused, "{told}: {error}");
            assert_eq!(error.field, "attributes.x", "{told}");
            return;
        }
    };
    let ClientFrame::Update(Update { attributes, .. }) = typed else { panic!("{told}: {typed:?}") };
    assert!(!refused, "{told} taken for {attributes:?}");
    let expected = &case.value;
    match &attributes["x"] {
        Attribute::Nothing => assert!(case.is("nil"), "{told}"),
        Attribute::Flag(flag) => assert_eq!(expected["bool"], *flag, "{told}"),
        Attribute::Text(text) => assert_eq!(expected["string"], text.as_str(), "{told}"),
        Attribute::Integer(integer) => assert_eq!(Some(i128::from(*integer)), number, "{told}"),
        #[allow(clippy::cast_precision_loss, reason = "the suite writes as floats what floats hold")]
        Attribute::Number(float) => {
            let meant = number.map_or_else(|| expected["number"].as_f64().unwrap(), |number| number as f64);
            assert!((float - meant).abs() <= f64::EPSILON * meant.abs(), "{told}: {float}");
        }
    }
}
