use super::*;

/// A value in MMDB form.
enum Value {
    Text(&'static str),
    Map(Vec<(&'static str, Value)>),
    Short(u16),
    Long(u32),
    Longest(u64),
    Nothing,
}
use Value::{Long, Longest, Map, Nothing, Short, Text};

fn bytes(value: &Value) -> Vec<u8> {
    let head = |kind: u8, size: usize| kind << 5 | u8::try_from(size).ok().filter(|size| *size < 29).unwrap();
    match value {
        Text(text) => [&[head(2, text.len())], text.as_bytes()].concat(),
        Short(number) => [&[head(5, 2)], number.to_be_bytes().as_slice()].concat(),
        Long(number) => [&[head(6, 4)], number.to_be_bytes().as_slice()].concat(),
        // Its kind is one of those that stand in a byte of their own.
        Longest(number) => [&[head(0, 8), 2], number.to_be_bytes().as_slice()].concat(),
        // A list without anything in it.
        Nothing => vec![head(0, 0), 4],
        Map(fields) => {
            let fields_bytes = fields.iter().flat_map(|(name, value)| [bytes(&Text(name)), bytes(value)].concat());
            std::iter::once(head(7, fields.len())).chain(fields_bytes).collect()
        }
    }
}

/// A file with two records: one for the addresses below 128.0.0.0, the other for those above.
fn file(low: Value, high: Value) -> Vec<u8> {
    /// Behind the tree's one node there are so many zeroes.
    const GAP: u32 = 16;
    let (low, high) = (bytes(&low), bytes(&high));
    let record = |offset: usize| (1 + GAP + u32::try_from(offset).unwrap()).to_be_bytes()[1..].to_vec();
    let metadata = Map(vec![
        ("binary_format_major_version", Short(2)),
        ("binary_format_minor_version", Short(0)),
        ("build_epoch", Longest(1_700_000_000)),
        ("database_type", Text("Test")),
        ("description", Map(vec![])),
        ("ip_version", Short(4)),
        ("languages", Nothing),
        ("node_count", Long(1)),
        ("record_size", Short(24)),
    ]);
    let tree = [record(0), record(low.len()), vec![0; GAP as usize]].concat();
    [tree, low, high, b"\xab\xcd\xefMaxMind.com".to_vec(), bytes(&metadata)].concat()
}

/// A path below the build's folder, for one test.
fn scratch(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let build = test.ancestors().find(|folder| folder.ends_with("deps")).and_then(Path::parent).unwrap();
    let folder = build.join("scratch").join(format!("geo-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

fn place(country: &str, city: &str) -> Place {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Place { country: known(country), city: known(city) }
}

const LOW: &str = "89.160.20.112";
const HIGH: &str = "200.160.2.3";

fn find(mapping: &Mapping, address: &str) -> Place {
    mapping.find(address.parse().unwrap())
}

fn mapping(places: &Places) -> &Mapping {
    places.file.as_ref().unwrap()
}

#[test]
fn nested_and_flat_records_are_read_and_what_is_no_code_is_no_country() {
    let path = scratch("kinds.mmdb");
    for (low, high, expected) in [
        (
            Map(vec![
                ("country", Map(vec![("iso_code", Text("SE"))])),
                ("city", Map(vec![("names", Map(vec![("de", Text("Linkoping")), ("en", Text("Linköping"))]))])),
            ]),
            Map(vec![("country", Map(vec![("iso_code", Text("BR"))]))]),
            [place("SE", "Linköping"), place("BR", "")],
        ),
        (
            Map(vec![("country_code", Text("se")), ("country", Text("Sweden")), ("city", Text(" Linköping "))]),
            Map(vec![("country", Text("BR")), ("city", Text(""))]),
            [place("SE", "Linköping"), place("BR", "")],
        ),
        (
            Map(vec![("country", Text("Sweden")), ("city", Long(7))]),
            Map(vec![("country", Map(vec![("iso_code", Text("S1"))])), ("city", Text("a\nb"))]),
            [place("", ""), place("", "ab")],
        ),
        (Text("nothing"), Map(vec![]), [place("", ""), place("", "")]),
    ] {
        fs::write(&path, file(low, high)).unwrap();
        let places = Places::open(Some(&path)).unwrap();
        assert_eq!([find(mapping(&places), LOW), find(mapping(&places), HIGH)], expected);
        assert_eq!(find(mapping(&places), "2001:db8::1"), Place::default(), "the file has none of these");
    }
}

#[test]
fn a_file_that_is_replaced_is_read_again_and_a_broken_one_is_not() {
    let path = scratch("replaced.mmdb");
    let country = |code| Map(vec![("country_code", Text(code))]);
    fs::write(&path, file(country("SE"), country("BR"))).unwrap();
    let places = Places::open(Some(&path)).unwrap();
    let mapping = mapping(&places);
    // Of another length: the clock of a file system may be coarse.
    fs::write(&path, file(country("NO"), Map(vec![("country_code", Text("AR")), ("city", Text("Rosario"))]))).unwrap();
    mapping.refresh();
    assert_eq!([find(mapping, LOW), find(mapping, HIGH)], [place("NO", ""), place("AR", "Rosario")]);
    fs::write(&path, b"broken").unwrap();
    mapping.refresh();
    assert_eq!(find(mapping, LOW), place("NO", ""));
    fs::remove_file(&path).unwrap();
    mapping.refresh();
    assert_eq!(find(mapping, LOW), place("NO", ""));
    fs::write(&path, file(country("DK"), country("BR"))).unwrap();
    mapping.refresh();
    assert_eq!(find(mapping, LOW), place("DK", ""));
    assert!(!mapping.is_due(), "it was read just now");
}

#[test]
fn a_file_that_is_missing_cut_or_something_else_is_named() {
    let path = scratch("broken.mmdb");
    let whole = file(Map(vec![]), Map(vec![]));
    for contents in [&whole[..whole.len() / 2], b"", b"PNG"] {
        fs::write(&path, contents).unwrap();
        let error = Places::open(Some(&path)).unwrap_err();
        assert!(error.starts_with("geoip_file ") && error.contains("broken.mmdb"), "{error}");
    }
    let error = Places::open(Some(&scratch("nowhere.mmdb"))).unwrap_err();
    assert!(error.contains("nowhere.mmdb"), "{error}");
    assert_eq!(Places::default().find(LOW.parse().unwrap()), Place::default());
}
