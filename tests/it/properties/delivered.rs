//! Records as JSON text: mostly sound, with any value that JSON can carry in some of their fields.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tijian::pipeline::Contract;
use tijian::reservation::{Field, FieldKind};

/// A record before it is written: each field's JSON, if it is there, and what else is in it.
#[derive(Debug, Clone)]
pub struct Delivered {
    pub fields: Vec<Option<String>>,
    pub unknown: Vec<(String, String)>,
}

impl Delivered {
    /// The record's text. `number` makes its key its own, where it has one that says something.
    pub fn write(&self, number: usize) -> String {
        let mut members: Vec<String> = Vec::new();
        for (field, value) in Field::ALL.iter().zip(&self.fields) {
            let Some(value) = value else { continue };
            let value = match (field, value.strip_prefix('"')) {
                (Field::SerialNumber, Some(rest)) if value != "\"\"" => format!("\"{number}-{rest}"),
                // Three digits at the end, whatever comes before them.
                (Field::SerialNumber, None) if ["0", "-0"].contains(&value.as_str()) => format!("7{number:03}"),
                (Field::SerialNumber, None) if value.ends_with(|last: char| last.is_ascii_digit()) => {
                    format!("{value}{number:03}")
                }
                _ => value.clone(),
            };
            members.push(format!("\"{field}\":{value}"));
        }
        members.extend(self.unknown.iter().map(|(name, value)| format!("{name}:{value}")));
        format!("{{{}}}", members.join(","))
    }
}

/// The same content in other words: members the other way round, blanks between them, every letter an escape.
pub fn respell(members: &[(String, String)]) -> String {
    let members = members.iter().rev().map(|(name, value)| format!("\r\n\t{} : {}", escaped(name), escaped(value)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(" ,"))
}

/// JSON with every character beyond ASCII as an escape.
fn escaped(json: &str) -> String {
    let escape = |character: char| match character.is_ascii() {
        true => character.to_string(),
        false => character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")).collect(),
    };
    json.chars().map(escape).collect()
}

/// A record with up to four odd fields.
pub fn delivered() -> impl Strategy<Value = Delivered> {
    let all: Vec<usize> = (0..Field::COUNT).collect();
    let odd = subsequence(all, 0..=4)
        .prop_flat_map(|odd| odd.into_iter().map(|at| (Just(at), value(Field::ALL[at]))).collect::<Vec<_>>());
    let unknown = prop_oneof![3 => Just(Vec::new()), 2 => vec((text(9), json(3)), 1..4)];
    (odd, unknown).prop_map(|(odd, unknown)| {
        let mut fields: Vec<Option<String>> = Field::ALL.iter().map(|field| Some(sound(*field).to_owned())).collect();
        for (at, value) in odd {
            fields[at] = value;
        }
        Delivered { fields, unknown }
    })
}

fn sound(field: Field) -> &'static str {
    match field {
        Field::RequestId => r#""batch-1""#,
        Field::SerialNumber => r#""S""#,
        Field::ErhcNo => r#""E-1""#,
        Field::Name => r#""张三""#,
        Field::CardType | Field::Married | Field::OrderStatus => "1",
        Field::Idcard => r#""11010519491231002X""#,
        Field::Birthdate => r#""1949-12-31""#,
        Field::SexCode => "2",
        Field::IsPregnant => "false",
        Field::Mobile => r#""13900000000""#,
        Field::HospitalCode => r#""100637""#,
        Field::HospitalName => r#""体检中心""#,
        Field::CheckDate => r#""2026-02-03""#,
        Field::HospitalPackageId => r#""RM16""#,
        Field::HospitalPackageName => r#""体检E套餐""#,
        Field::AddCombinationId => r#""A1,A2""#,
        Field::AddCombinationName => r#""甲,乙""#,
        Field::ExaminationFee => "2881.00",
        Field::PayType => "0",
        Field::DataSources => r#""益往健康""#,
    }
}

/// Any value for the field, more often than not one that it may hold; `None`: it is absent.
fn value(field: Field) -> BoxedStrategy<Option<String>> {
    let fitting = match field {
        Field::CardType => among(&["1", "\"2\"", "99", "\"\"", "\"１\"", "\"1 \"", "01"]),
        Field::SexCode | Field::Married => {
            among(&["1", "\"2\"", "2", "\"\"", "\"３\"", "-0", "1.0", "\"2.0\"", "\" 1\""])
        }
        Field::OrderStatus => among(&["1", "\"2\"", "5", "\"5\"", "\"５\"", "\"\""]),
        _ => match field.kind() {
            // Some pieces have several characters.
            FieldKind::Text => text((Contract::shipped().field(field).max_characters.unwrap_or(0) / 3).min(30)),
            FieldKind::Boolean => among(&[
                "true",
                "false",
                "\"true\"",
                "\"false\"",
                "\"\"",
                "\"TRUE\"",
                "1",
                "0.0",
                "\"N\"",
                "\"否\"",
                "2",
            ]),
            FieldKind::Decimal => fee(),
            FieldKind::Date => date(),
        },
    };
    let odd = among(&["null", "\"\"", "\" \"", "{}", "[]", "[\"体\"]", "true", "-0", "0", "1.5", "1e2", "{\"a\":1}"]);
    prop_oneof![12 => fitting.prop_map(Some), 1 => odd.prop_map(Some), 1 => Just(None), 1 => digits().prop_map(Some)]
        .boxed()
}

fn among(values: &'static [&'static str]) -> BoxedStrategy<String> {
    select(values).prop_map(str::to_owned).boxed()
}

fn digits() -> impl Strategy<Value = String> {
    "-?[1-9][0-9]{0,28}"
}

/// Pieces of a text that others have stumbled over, as they stand between the quotes of JSON.
const ODD_PIECES: [&str; 58] = [
    "𠮷",
    "𪚥",
    "\u{2A6D6}",
    "😀",
    "👨\u{200D}👩\u{200D}👧",
    "🇨🇳",
    "e\u{301}",
    "é",
    "\u{323}\u{307}",
    "ﬀ",
    "Ⅳ",
    "\u{FEFF}",
    "\u{200F}",
    "\u{202E}",
    "\u{2066}",
    "\u{200B}",
    "\u{AD}",
    "\u{2028}",
    "\u{2029}",
    "\u{3000}",
    "\u{A0}",
    " ",
    "１２３",
    "０",
    "，",
    "“”",
    "\\\"",
    "\\\\",
    "\\/",
    "'",
    "''",
    "`",
    ",",
    ";",
    "=",
    "＝",
    "+",
    "-",
    "@",
    "\u{FE66}",
    "0571",
    "007",
    "1E5",
    "2026-11-01",
    "<b>",
    "&amp;",
    "%s",
    "$1",
    "_x0041_",
    "\\N",
    "{\\\"a\\\"",
    "\u{FFFD}",
    "\u{FFFE}",
    "\u{FFFF}",
    "\u{10FFFF}",
    "\u{E5E5}",
    "\u{E81E}",
    "\\ud83d\\ude00",
];

/// Pieces that PostgreSQL cannot keep, or the contract does not let pass.
const REFUSED_PIECES: [&str; 10] =
    ["\\u0000", "\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud800\\u0041", "\\u0007", "\\t", "\\n", "\u{7F}", "\u{85}"];

/// A JSON string, mostly of up to `pieces` pieces.
pub fn text(pieces: usize) -> BoxedStrategy<String> {
    let letter = prop_oneof![
        3 => select(vec!["体", "检", "a", "Z", "7", "三"]).prop_map(str::to_owned),
        4 => select(&ODD_PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(|any| {
            let quoted = serde_json::to_string(&any).unwrap();
            quoted[1..quoted.len() - 1].to_owned()
        }),
    ];
    let usual = vec(letter, 0..=pieces).prop_map(|pieces| pieces.concat());
    let refused = (select(&REFUSED_PIECES[..]), "[a体]{0,3}", "[b检]{0,3}")
        .prop_map(|(refused, before, after)| format!("{before}{refused}{after}"));
    let long =
        (select(vec!["体", "𠮷", "x", "\\u4f53"]), select(vec![19, 20, 21, 31, 50, 51, 100, 101, 999, 1001, 9000]))
            .prop_map(|(piece, times)| piece.repeat(times));
    prop_oneof![40 => usual, 1 => refused, 1 => long].prop_map(|content| format!("\"{content}\"")).boxed()
}

/// Amounts in all shapes that JSON and people know.
fn fee() -> BoxedStrategy<String> {
    let odd = among(&[
        "0",
        "-0",
        "-0.00",
        "0e9",
        "1e2",
        "1E+2",
        "2.881e3",
        "288100e-2",
        "1e-2",
        "1e-3",
        "-0.01",
        "-1e-400",
        "1e400",
        "2881.0000000000000000000000000000",
        "9999999999.99",
        "9999999999.990",
        "9999999999.995",
        "10000000000",
        "1e10",
        "123456789012345678901234567890",
        "0.123456789012345678901234567890",
        "100.001",
        "\"2881.00\"",
        "\"+5\"",
        "\"00012\"",
        "\".5\"",
        "\"5.\"",
        "\".\"",
        "\"１２\"",
        "\" 5\"",
        "\"5 \"",
        "\"1,000\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"0x10\"",
        "\"1_000\"",
        "\"5e0\"",
        "\"一百\"",
        "\"￥5\"",
        "\"5\\u0000\"",
        "\"\\ud800\"",
    ]);
    let plain = (0_i64..=999_999_999_999, 0_usize..4, any::<bool>()).prop_map(|(cents, zeros, is_text)| {
        let amount = format!("{}.{:02}{}", cents / 100, cents % 100, "0".repeat(zeros));
        if is_text { format!("\"{amount}\"") } else { amount }
    });
    let any = "-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?";
    prop_oneof![3 => plain, 2 => odd, 2 => any].boxed()
}

fn date() -> BoxedStrategy<String> {
    let odd = among(&[
        "\"2024-02-29\"",
        "\"2026-02-29\"",
        "\"1900-01-01\"",
        "\"2199-12-31\"",
        "\"1899-12-31\"",
        "\"2200-01-01\"",
        "\"0000-00-00\"",
        "\"2026-2-3\"",
        "\"20260203\"",
        "\"2026/02/03\"",
        "\"2026-02-03 00:00:00\"",
        "\"２０２６-02-03\"",
        "\"2026-02-03T00:00:00Z\"",
        "\"\\u0032026-02-03\"",
        "\" 2026-02-03\"",
        "\"+026-02-03\"",
        "\"infinity\"",
        "\"today\"",
        "20260203",
        "1770048000000",
        "-631267200000",
        "1770048001",
        "[2026,2,3]",
        "\"2026-02-02T16:00:00.000+0000\"",
        "\"2026年2月3日\"",
        "\"03/02/2026\"",
        "\"2026-02-03\\u0000\"",
    ]);
    let near = (1_u32..=28).prop_map(|day| format!("\"2026-03-{day:02}\""));
    prop_oneof![2 => near, 1 => odd].boxed()
}

/// JSON of up to that depth.
fn json(depth: u32) -> BoxedStrategy<String> {
    let number = prop_oneof![
        among(&[
            "0",
            "-0",
            "-0.0",
            "0.10",
            "1e2",
            "100",
            "2881.00",
            "1e16",
            "10000000000000000.0",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775808",
            "1e22",
            "1.5e300",
            "1e400",
            "1e-400",
            "1e-7",
            "5e-324",
            "0.1e1",
            "12345678901234567890123456789.123",
            "9007199254740993",
        ]),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
    ];
    let leaf = prop_oneof![among(&["null", "true", "false", "{}", "[]"]), number, text(6)];
    leaf.prop_recursive(depth, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|elements| format!("[{}]", elements.join(" , "))),
            vec((text(4), inner), 0..4).prop_map(|members| {
                let members: Vec<String> = members.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
    .boxed()
}
