//! Versions → the bytes of a binary COPY → versions again, by a decoder that knows the format from PostgreSQL's manual
//! ("Binary Format" of COPY) and nothing of the code that wrote them.
//!
//! Nothing is asked of a server: the other end of the connection is [`wire`], which only takes the bytes in.

mod wire;

use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};
use tijian::reservation::{Change, Field, FieldKind, FieldValue, IncomingState, OpenedVersion, Reservation, Text};
use tijian::warehouse::copy_versions;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::types::Type;

use super::json::{number, says_the_same};

/// Versions of one COPY: more make no other case.
const VERSIONS_MAX: usize = 4;

/// Columns of `sql/load/copy_versions.sql`.
const COLUMNS: usize = 31;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("a runtime"));

pub fn check(data: &[u8]) {
    let Ok((account, delivery_id, versions)) = Unstructured::new(data).arbitrary_take_rest() else { return };
    let bytes = RUNTIME.block_on(async {
        let (client, server) = wire::connect(COLUMNS).await;
        let sink = client.copy_in("copy").await.expect("the other end takes a COPY");
        copy_versions(sink, type_of, &account, delivery_id, &versions).await.expect("every value has a binary form");
        drop(client);
        server.await.expect("the other end")
    });
    let rows = rows(&bytes);
    assert_eq!(rows.len(), versions.len());
    for (row, version) in rows.iter().zip(&versions) {
        compare(row, &account, delivery_id, version);
    }
}

/// As the migrations have it.
fn type_of(column: &str) -> Type {
    match column {
        "version" => Type::INT4,
        "delivery_id" => Type::INT8,
        "valid_from" | "valid_to" => Type::TIMESTAMPTZ,
        "person_id" | "fingerprint" => Type::BYTEA,
        "birthdate" | "check_date" => Type::DATE,
        "is_pregnant" => Type::BOOL,
        "examination_fee" => Type::NUMERIC,
        "extra" => Type::JSONB,
        _ => Type::TEXT,
    }
}

/// What the fuzzer's bytes say.
trait Take {
    fn arbitrary_take_rest(self) -> Result<(String, i64, Vec<OpenedVersion>)>;
}

impl Take for Unstructured<'_> {
    fn arbitrary_take_rest(mut self) -> Result<(String, i64, Vec<OpenedVersion>)> {
        let count = self.int_in_range(0..=VERSIONS_MAX)?;
        let account = String::arbitrary(&mut self)?;
        let delivery_id = i64::arbitrary(&mut self)?;
        let versions: Result<Vec<OpenedVersion>> = (0..count).map(|_| version(&mut self)).collect();
        Ok((account, delivery_id, versions?))
    }
}

fn version(bytes: &mut Unstructured<'_>) -> Result<OpenedVersion> {
    let valid_to = if bytes.arbitrary()? { Some(instant(bytes)?) } else { None };
    Ok(OpenedVersion {
        version: bytes.arbitrary()?,
        valid_from: instant(bytes)?,
        valid_to,
        change: *bytes.choose(&Change::ALL)?,
        state: IncomingState {
            reservation: reservation(bytes)?,
            fingerprint: bytes.arbitrary()?,
            content: bytes.arbitrary()?,
            person_id: bytes.arbitrary()?,
        },
    })
}

fn reservation(bytes: &mut Unstructured<'_>) -> Result<Reservation> {
    let values: Result<Vec<Option<FieldValue>>> =
        Field::ALL.into_iter().map(|field| field_value(bytes, field)).collect();
    let mut values = values?;
    let extra = if bytes.arbitrary()? { Some(object(bytes, 0)?) } else { None };
    Ok(Reservation::of(|field| values[field.index()].take(), extra).expect("essential fields are there"))
}

fn field_value(bytes: &mut Unstructured<'_>, field: Field) -> Result<Option<FieldValue>> {
    Ok(match field.kind() {
        FieldKind::Text if field.is_essential() => Some(FieldValue::Text(text(bytes)?)),
        FieldKind::Text => bytes.arbitrary::<Option<&str>>()?.map(|text| FieldValue::Text(text.into())),
        FieldKind::Date if field.is_essential() || bytes.arbitrary()? => Some(FieldValue::Date(date(bytes)?)),
        FieldKind::Date => None,
        FieldKind::Boolean => bytes.arbitrary::<Option<bool>>()?.map(FieldValue::Boolean),
        FieldKind::Decimal => fee(bytes)?.map(FieldValue::Decimal),
    })
}

fn text(bytes: &mut Unstructured<'_>) -> Result<Text> {
    bytes.arbitrary::<&str>().map(Text::from)
}

/// The years that the contract lets pass.
fn date(bytes: &mut Unstructured<'_>) -> Result<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a date");
    Ok(first + TimeDelta::days(bytes.int_in_range(0..=109_571)?))
}

/// Microseconds of the years 2000 to 2199, and some beyond.
fn instant(bytes: &mut Unstructured<'_>) -> Result<DateTime<Utc>> {
    let micros = bytes.int_in_range(946_684_800_000_000..=7_289_654_400_000_000_i64)?;
    Ok(DateTime::from_timestamp_micros(micros).expect("a time"))
}

/// As the contract makes them, and with other scales and signs.
fn fee(bytes: &mut Unstructured<'_>) -> Result<Option<Decimal>> {
    let Some(cents) = bytes.arbitrary::<Option<i64>>()? else { return Ok(None) };
    Ok(Some(Decimal::new(cents, bytes.int_in_range(0..=18)?)))
}

fn object(bytes: &mut Unstructured<'_>, depth: usize) -> Result<Map<String, Value>> {
    let count = bytes.int_in_range(0..=3)?;
    (0..count).map(|_| Ok((bytes.arbitrary()?, value(bytes, depth + 1)?))).collect()
}

fn value(bytes: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    Ok(match bytes.int_in_range(0..=7)? {
        0 => Value::Null,
        1 => Value::Bool(bytes.arbitrary()?),
        2 => bytes.arbitrary::<i64>()?.into(),
        3 => bytes.arbitrary::<u64>()?.into(),
        4 => Number::from_f64(bytes.arbitrary()?).map_or(Value::Null, Value::Number),
        5 if depth < 5 => Value::Object(object(bytes, depth)?),
        6 if depth < 5 => {
            let count = bytes.int_in_range(0..=3)?;
            Value::Array((0..count).map(|_| value(bytes, depth + 1)).collect::<Result<_>>()?)
        }
        _ => Value::String(bytes.arbitrary()?),
    })
}

/// A row's fields; `None` is null.
type Row<'a> = Vec<Option<&'a [u8]>>;

fn rows(bytes: &[u8]) -> Vec<Row<'_>> {
    let mut rest = bytes.strip_prefix(b"PGCOPY\n\xff\r\n\0").expect("the signature");
    assert_eq!(take(&mut rest, 8), [0; 8], "no flags, no extension of the header");
    let mut rows = Vec::new();
    loop {
        match i16::from_be_bytes(take(&mut rest, 2).try_into().expect("2 bytes")) {
            -1 => break,
            count => assert_eq!(count as usize, COLUMNS),
        }
        let field = |_| match i32::from_be_bytes(take(&mut rest, 4).try_into().expect("4 bytes")) {
            -1 => None,
            length => Some(take(&mut rest, usize::try_from(length).expect("a length"))),
        };
        rows.push((0..COLUMNS).map(field).collect());
    }
    assert!(rest.is_empty(), "nothing follows the trailer");
    rows
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at_checked(length).expect("the bytes end before the trailer");
    *rest = left;
    taken
}

/// The columns in the order of the statement.
fn compare(row: &Row<'_>, account: &str, delivery_id: i64, version: &OpenedVersion) {
    let OpenedVersion { version: number, valid_from, valid_to, change, state } = version;
    let own = &state.reservation;
    let optional = |text: &Option<Text>| text.as_ref().map(|text| text.as_bytes().to_vec());
    let needed = |text: &str| Some(text.as_bytes().to_vec());
    let day = |date: NaiveDate| {
        let days = (date - NaiveDate::from_ymd_opt(2000, 1, 1).expect("a date")).num_days();
        Some((days as i32).to_be_bytes().to_vec())
    };
    let micros = |time: DateTime<Utc>| Some((time.timestamp_micros() - 946_684_800_000_000).to_be_bytes().to_vec());
    let expected: [Option<Vec<u8>>; COLUMNS] = [
        needed(account),
        needed(&own.serial_number),
        Some(number.to_be_bytes().to_vec()),
        micros(*valid_from),
        // Infinity is the largest there is.
        valid_to.map_or_else(|| Some(i64::MAX.to_be_bytes().to_vec()), micros),
        needed(change.as_str()),
        state.person_id.map(|digest| digest.to_vec()),
        optional(&own.erhc_no),
        optional(&own.name),
        optional(&own.card_type),
        optional(&own.idcard),
        own.birthdate.and_then(day),
        optional(&own.sex_code),
        own.is_pregnant.map(|value| vec![u8::from(value)]),
        optional(&own.married),
        optional(&own.mobile),
        needed(&own.hospital_code),
        optional(&own.hospital_name),
        day(own.check_date),
        optional(&own.hospital_package_id),
        optional(&own.hospital_package_name),
        optional(&own.add_combination_id),
        optional(&own.add_combination_name),
        // Fee and extra are read below.
        row[FEE].map(<[u8]>::to_vec),
        needed(&own.order_status),
        optional(&own.pay_type),
        optional(&own.data_sources),
        row[EXTRA].map(<[u8]>::to_vec),
        Some(state.fingerprint.to_vec()),
        Some(delivery_id.to_be_bytes().to_vec()),
        needed(&own.request_id),
    ];
    for (column, (found, expected)) in row.iter().zip(&expected).enumerate() {
        assert_eq!(*found, expected.as_deref(), "column {column}");
    }
    let fee = own.examination_fee.map(|fee| number_of(&fee.to_string()));
    assert_eq!(row[FEE].map(|numeric| number_of(&decimal(numeric))), fee);
    let extra = row[EXTRA].map(|jsonb| {
        let (version, text) = jsonb.split_first().expect("the version of jsonb's form");
        assert_eq!(*version, 1);
        std::str::from_utf8(text).expect("text")
    });
    let is_same = match (extra, &own.extra) {
        (None, None) => true,
        (Some(text), Some(extra)) => says_the_same(text, &Value::Object(extra.clone())),
        _ => false,
    };
    assert!(is_same, "{extra:?}");
}

const FEE: usize = 23;
const EXTRA: usize = 27;

fn number_of(text: &str) -> (bool, String, i128) {
    number(text).expect("a number")
}

/// The text of a `numeric`: groups of four digits, the weight of the first, the sign, the digits to show.
fn decimal(numeric: &[u8]) -> String {
    let word = |at: usize| u16::from_be_bytes([numeric[2 * at], numeric[2 * at + 1]]);
    let (groups, weight, sign) = (usize::from(word(0)), word(1) as i16, word(2));
    assert_eq!(numeric.len(), 2 * (4 + groups));
    assert!(matches!(sign, 0 | 0x4000), "a finite number");
    let digits: String = (0..groups).map(|group| format!("{:04}", word(4 + group))).collect();
    let power = 4 * (i32::from(weight) + 1 - groups as i32);
    format!("{}0{digits}e{power}", if sign == 0 { "" } else { "-" })
}
