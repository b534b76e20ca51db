//! MessagePack values as trees, read and written without the codec under test, in any width.

use proptest::collection::vec;
use proptest::prelude::*;

/// A MessagePack value, without extension types.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Packed {
    Nil,
    Bool(bool),
    UInt(u64),
    /// Below 0.
    Int(i64),
    F32([u8; 4]),
    F64([u8; 8]),
    Str(Vec<u8>),
    Bin(Vec<u8>),
    Array(Vec<Packed>),
    Map(Vec<(Packed, Packed)>),
}

/// Any value, up to some 20 levels deep.
pub(crate) fn any_value() -> impl Strategy<Value = Packed> {
    let number = prop_oneof![0_u64..200, any::<u64>()];
    let leaf = prop_oneof![
        Just(Packed::Nil),
        any::<bool>().prop_map(Packed::Bool),
        number.prop_map(Packed::UInt),
        (i64::MIN..0).prop_map(Packed::Int),
        (-40_i64..0).prop_map(Packed::Int),
        any::<[u8; 4]>().prop_map(Packed::F32),
        any::<[u8; 8]>().prop_map(Packed::F64),
        vec(any::<u8>(), 0..300).prop_map(Packed::Str),
        vec(any::<u8>(), 0..300).prop_map(Packed::Bin),
    ];
    leaf.prop_recursive(20, 60, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..20).prop_map(Packed::Array),
            inner.clone().prop_map(|value| Packed::Array(vec![value])),
            vec((inner.clone(), inner), 0..6).prop_map(Packed::Map),
        ]
    })
}

/// How wide each header is written: 0 as short as may be, more is wider.
struct Writer<'a> {
    out: Vec<u8>,
    widths: std::iter::Cycle<std::slice::Iter<'a, u8>>,
}

impl Packed {
    /// How many levels of arrays and maps.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Array(values) => 1 + values.iter().map(Self::depth).max().unwrap_or(0),
            Self::Map(pairs) => 1 + pairs.iter().map(|(key, value)| key.depth().max(value.depth())).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// As short as may be.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.widened(&[0])
    }

    /// With every header as wide as `widths` says, in turn.
    pub(crate) fn widened(&self, widths: &[u8]) -> Vec<u8> {
        let mut writer = Writer { out: Vec::new(), widths: widths.iter().cycle() };
        writer.write(self);
        writer.out
    }

    /// The one value that `bytes` are.
    pub(crate) fn parse(mut bytes: &[u8]) -> Self {
        let value = parse(&mut bytes);
        assert!(bytes.is_empty());
        value
    }

    /// Puts a field into the body of a frame.
    pub(crate) fn insert_field(&mut self, at: prop::sample::Index, name: &str, value: Packed) {
        let Self::Array(elements) = self else { panic!("{self:?} is no frame") };
        let Self::Map(fields) = &mut elements[2] else { panic!("{elements:?} is no frame") };
        let at = at.index(fields.len() + 1);
        fields.insert(at, (Self::Str(name.as_bytes().to_vec()), value));
    }
}

impl Writer<'_> {
    fn write(&mut self, value: &Packed) {
        match value {
            Packed::Nil => self.out.push(0xc0),
            Packed::Bool(value) => self.out.push(if *value { 0xc3 } else { 0xc2 }),
            Packed::UInt(value) => self.uint(*value),
            Packed::Int(value) => {
                self.out.push(0xd3);
                self.out.extend(value.to_be_bytes());
            }
            Packed::F32(bits) => {
                self.out.push(0xca);
                self.out.extend(bits);
            }
            Packed::F64(bits) => {
                self.out.push(0xcb);
                self.out.extend(bits);
            }
            Packed::Str(bytes) => {
                self.length(bytes.len(), Some((0xa0, 31)), [Some(0xd9), Some(0xda), Some(0xdb)]);
                self.out.extend(bytes);
            }
            Packed::Bin(bytes) => {
                self.length(bytes.len(), None, [Some(0xc4), Some(0xc5), Some(0xc6)]);
                self.out.extend(bytes);
            }
            Packed::Array(values) => {
                self.length(values.len(), Some((0x90, 15)), [None, Some(0xdc), Some(0xdd)]);
                values.iter().for_each(|value| self.write(value));
            }
            Packed::Map(pairs) => {
                self.length(pairs.len(), Some((0x80, 15)), [None, Some(0xde), Some(0xdf)]);
                for (key, value) in pairs {
                    self.write(key);
                    self.write(value);
                }
            }
        }
    }

    fn uint(&mut self, value: u64) {
        let fits = match value {
            0..=0x7f => 0,
            0x80..=0xff => 1,
            0x100..=0xffff => 2,
            0x1_0000..=0xffff_ffff => 3,
            _ => 4,
        };
        let width = (fits + self.width()).min(4);
        let bytes = value.to_be_bytes();
        match width {
            0 => self.out.push(bytes[7]),
            width => {
                self.out.push([0xcc, 0xcd, 0xce, 0xcf][width - 1]);
                self.out.extend(&bytes[8 - (1 << (width - 1))..]);
            }
        }
    }

    /// The shortest header that holds the length, or a wider one: `fix` and its greatest length, then the markers for
    /// 8, 16 and 32 bits.
    fn length(&mut self, length: usize, fix: Option<(u8, usize)>, markers: [Option<u8>; 3]) {
        let mut skip = self.width();
        if let Some((marker, most)) = fix
            && length <= most
        {
            if skip == 0 {
                return self.out.push(marker + u8::try_from(length).unwrap());
            }
            skip -= 1;
        }
        let fitting: Vec<(usize, u8)> = markers
            .into_iter()
            .enumerate()
            .filter_map(|(at, marker)| Some((1 << at, marker?)))
            .filter(|(width, _)| length < 1 << (8 * width))
            .collect();
        let (width, marker) = fitting[skip.min(fitting.len() - 1)];
        self.out.push(marker);
        self.out.extend(&length.to_be_bytes()[8 - width..]);
    }

    fn width(&mut self) -> usize {
        usize::from(*self.widths.next().unwrap())
    }
}

fn parse(reader: &mut &[u8]) -> Packed {
    match be(reader, 1) {
        0xc0 => Packed::Nil,
        0xc2 => Packed::Bool(false),
        0xc3 => Packed::Bool(true),
        number @ 0x00..=0x7f => Packed::UInt(number),
        marker @ 0xcc..=0xcf => Packed::UInt(be(reader, 1 << (marker - 0xcc))),
        number @ 0xe0..=0xff => Packed::Int(number.cast_signed() - 256),
        marker @ 0xd0..=0xd3 => {
            let bits = 8 << (marker - 0xd0);
            Packed::Int(be(reader, bits / 8).cast_signed() << (64 - bits) >> (64 - bits))
        }
        0xca => Packed::F32(take(reader, 4).try_into().unwrap()),
        0xcb => Packed::F64(take(reader, 8).try_into().unwrap()),
        marker @ 0xa0..=0xbf => Packed::Str(take(reader, marker & 0x1f)),
        marker @ 0xd9..=0xdb => {
            let length = be(reader, 1 << (marker - 0xd9));
            Packed::Str(take(reader, length))
        }
        marker @ 0xc4..=0xc6 => {
            let length = be(reader, 1 << (marker - 0xc4));
            Packed::Bin(take(reader, length))
        }
        marker @ 0x90..=0x9f => array(reader, marker & 0x0f),
        marker @ 0xdc..=0xdd => {
            let length = be(reader, 2 << (marker - 0xdc));
            array(reader, length)
        }
        marker @ 0x80..=0x8f => map(reader, marker & 0x0f),
        marker @ 0xde..=0xdf => {
            let length = be(reader, 2 << (marker - 0xde));
            map(reader, length)
        }
        other => panic!("{other:#x} is never written"),
    }
}

fn array(reader: &mut &[u8], length: u64) -> Packed {
    Packed::Array((0..length).map(|_| parse(reader)).collect())
}

fn map(reader: &mut &[u8], length: u64) -> Packed {
    Packed::Map((0..length).map(|_| (parse(reader), parse(reader))).collect())
}

/// A big-endian integer of so many bytes.
fn be(reader: &mut &[u8], bytes: u64) -> u64 {
    take(reader, bytes).into_iter().fold(0, |number, byte| (number << 8) | u64::from(byte))
}

fn take(reader: &mut &[u8], bytes: u64) -> Vec<u8> {
    let (taken, rest) = reader.split_at(usize::try_from(bytes).unwrap());
    *reader = rest;
    taken.to_vec()
}
