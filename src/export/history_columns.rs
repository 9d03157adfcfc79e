//! The columns of the history file, in the order of `warehouse.reservation_versions`: name, description, type, value.
//!
//! One table says all four, so that schema and values cannot drift apart. Knows nothing of files.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int32Builder, Int64Builder, StringBuilder,
    StringDictionaryBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Date32Type, Field as ArrowField, Int32Type, TimeUnit};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::fee;
use crate::pipeline::Contract;
use crate::pipeline::contract::Label;
use crate::reservation::{Field, HistoryRow};

/// Metadata keys of every column: what it is, in Chinese and in English.
pub(super) const DESCRIPTION_ZH: &str = "description_zh";
pub(super) const DESCRIPTION_EN: &str = "description_en";

/// How a column's value is taken from a row.
type Read<T> = fn(&HistoryRow) -> T;
type ReadText = for<'row> fn(&'row HistoryRow) -> Option<&'row str>;

/// A column's values since the last [`Column::finish`].
enum Values {
    /// Few different texts: readers see categories.
    Code(ReadText, StringDictionaryBuilder<Int32Type>),
    Text(ReadText, StringBuilder),
    Date(Read<Option<NaiveDate>>, Date32Builder),
    Instant(Read<Option<DateTime<Utc>>>, TimestampMicrosecondBuilder),
    Boolean(Read<Option<bool>>, BooleanBuilder),
    Integer(Read<i32>, Int32Builder),
    BigInteger(Read<i64>, Int64Builder),
    Fee(Read<Option<Decimal>>, Decimal128Builder),
}

/// One column of the file.
pub(super) struct Column {
    pub(super) field: ArrowField,
    values: Values,
}

impl Column {
    fn new(name: &str, description: &Label, values: Values) -> Column {
        let data_type = match &values {
            Values::Code(..) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Values::Text(..) => DataType::Utf8,
            Values::Date(..) => DataType::Date32,
            Values::Instant(..) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Values::Boolean(..) => DataType::Boolean,
            Values::Integer(..) => DataType::Int32,
            Values::BigInteger(..) => DataType::Int64,
            Values::Fee(..) => DataType::Decimal128(fee::PRECISION, fee::SCALE),
        };
        let metadata = [(DESCRIPTION_ZH, description.zh.as_str()), (DESCRIPTION_EN, description.en.as_str())];
        Column { field: ArrowField::new(name, data_type, true).with_metadata(metadata), values }
    }

    /// The column has a value in every row.
    fn required(mut self) -> Column {
        self.field.set_nullable(false);
        self
    }

    /// Appends the rows' values. Fees were checked: see [`fee::fen`].
    pub(super) fn append(&mut self, rows: &[HistoryRow]) {
        match &mut self.values {
            Values::Code(read, builder) => rows.iter().for_each(|row| builder.append_option(read(row))),
            Values::Text(read, builder) => rows.iter().for_each(|row| builder.append_option(read(row))),
            Values::Date(read, builder) => {
                rows.iter().for_each(|row| builder.append_option(read(row).map(Date32Type::from_naive_date)));
            }
            Values::Instant(read, builder) => {
                rows.iter().for_each(|row| builder.append_option(read(row).map(|instant| instant.timestamp_micros())));
            }
            Values::Boolean(read, builder) => rows.iter().for_each(|row| builder.append_option(read(row))),
            Values::Integer(read, builder) => rows.iter().for_each(|row| builder.append_value(read(row))),
            Values::BigInteger(read, builder) => rows.iter().for_each(|row| builder.append_value(read(row))),
            Values::Fee(read, builder) => {
                rows.iter().for_each(|row| builder.append_option(read(row).and_then(fee::fen)))
            }
        }
    }

    /// Takes the values out.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match &mut self.values {
            Values::Code(_, builder) => Arc::new(builder.finish()),
            Values::Text(_, builder) => Arc::new(builder.finish()),
            Values::Date(_, builder) => Arc::new(builder.finish()),
            Values::Instant(_, builder) => Arc::new(builder.finish()),
            Values::Boolean(_, builder) => Arc::new(builder.finish()),
            Values::Integer(_, builder) => Arc::new(builder.finish()),
            Values::BigInteger(_, builder) => Arc::new(builder.finish()),
            Values::Fee(_, builder) => Arc::new(builder.finish()),
        }
    }
}

fn code(read: ReadText) -> Values {
    Values::Code(read, StringDictionaryBuilder::new())
}

fn text(read: ReadText) -> Values {
    Values::Text(read, StringBuilder::new())
}

fn date(read: Read<Option<NaiveDate>>) -> Values {
    Values::Date(read, Date32Builder::new())
}

fn instant(read: Read<Option<DateTime<Utc>>>) -> Values {
    Values::Instant(read, TimestampMicrosecondBuilder::new().with_timezone("UTC"))
}

fn boolean(read: Read<Option<bool>>) -> Values {
    Values::Boolean(read, BooleanBuilder::new())
}

fn examination_fee() -> Values {
    // The type is a constant that fits; a wrong one is refused when the batch is built, not here.
    let builder = Decimal128Builder::new().with_data_type(DataType::Decimal128(fee::PRECISION, fee::SCALE));
    Values::Fee(|row| row.examination_fee, builder)
}

/// Every column of the file. Those that name a person stand there only on request.
pub(super) fn columns(contract: &Contract, include_identity: bool) -> Vec<Column> {
    // Columns of our own; those of the platform are described by the contract.
    let own = |name, zh: &str, en: &str, values| Column::new(name, &Label { zh: zh.into(), en: en.into() }, values);
    let delivered = |name, field, values| Column::new(name, &contract.field(field).label, values);
    let identity = |name, field, values| include_identity.then(|| delivered(name, field, values));

    let columns = [
        Some(
            own("account", "医院账户", "Hospital's account with the platform", code(|row| Some(&row.account)))
                .required(),
        ),
        Some(delivered("serial_number", Field::SerialNumber, text(|row| Some(&row.serial_number))).required()),
        Some(
            own(
                "version",
                "版本号，每个预约从 1 起连续编号",
                "Version of the reservation, counted from 1 without gaps",
                Values::Integer(|row| row.version, Int32Builder::new()),
            )
            .required(),
        ),
        Some(
            own("valid_from", "生效时间（含）", "Start of validity, inclusive", instant(|row| Some(row.valid_from)))
                .required(),
        ),
        Some(own(
            "valid_to",
            "失效时间（不含）；空值表示当前版本",
            "End of validity, exclusive; null for the current version",
            instant(|row| row.valid_to),
        )),
        Some(
            own(
                "is_current",
                "是否当前版本",
                "Whether this is the current version of the reservation",
                boolean(|row| Some(row.valid_to.is_none())),
            )
            .required(),
        ),
        Some(
            own(
                "change",
                "变更类型：booked 新预约，rescheduled 改约，cancelled 取消，amended 信息变更，reinstated 恢复预约",
                "What made the version: booked, rescheduled, cancelled, amended or reinstated",
                code(|row| Some(&row.change)),
            )
            .required(),
        ),
        Some(own(
            "person_id",
            "人员标识（证件的密钥散列，不可还原）",
            "Keyed hash of the identity document: counts people without naming them",
            text(|row| row.person_id.as_deref()),
        )),
        identity("erhc_no", Field::ErhcNo, text(|row| row.identity.as_ref()?.erhc_no.as_deref())),
        identity("name", Field::Name, text(|row| row.identity.as_ref()?.name.as_deref())),
        Some(delivered("card_type", Field::CardType, code(|row| row.card_type.as_deref()))),
        identity("idcard", Field::Idcard, text(|row| row.identity.as_ref()?.idcard.as_deref())),
        Some(delivered("birthdate", Field::Birthdate, date(|row| row.birthdate))),
        Some(delivered("sex_code", Field::SexCode, code(|row| row.sex_code.as_deref()))),
        Some(delivered("is_pregnant", Field::IsPregnant, boolean(|row| row.is_pregnant))),
        Some(delivered("married", Field::Married, code(|row| row.married.as_deref()))),
        identity("mobile", Field::Mobile, text(|row| row.identity.as_ref()?.mobile.as_deref())),
        Some(delivered("hospital_code", Field::HospitalCode, code(|row| Some(&row.hospital_code))).required()),
        Some(delivered("hospital_name", Field::HospitalName, code(|row| row.hospital_name.as_deref()))),
        Some(delivered("check_date", Field::CheckDate, date(|row| Some(row.check_date))).required()),
        Some(delivered(
            "hospital_package_id",
            Field::HospitalPackageId,
            code(|row| row.hospital_package_id.as_deref()),
        )),
        Some(delivered(
            "hospital_package_name",
            Field::HospitalPackageName,
            code(|row| row.hospital_package_name.as_deref()),
        )),
        Some(delivered("add_combination_id", Field::AddCombinationId, text(|row| row.add_combination_id.as_deref()))),
        Some(delivered(
            "add_combination_name",
            Field::AddCombinationName,
            text(|row| row.add_combination_name.as_deref()),
        )),
        Some(delivered("examination_fee", Field::ExaminationFee, examination_fee())),
        Some(delivered("order_status", Field::OrderStatus, code(|row| Some(&row.order_status))).required()),
        Some(delivered("pay_type", Field::PayType, code(|row| row.pay_type.as_deref()))),
        Some(delivered("data_sources", Field::DataSources, code(|row| row.data_sources.as_deref()))),
        Some(
            own(
                "delivery_id",
                "交付编号",
                "Delivery that brought this version",
                Values::BigInteger(|row| row.delivery_id, Int64Builder::new()),
            )
            .required(),
        ),
        Some(delivered("request_id", Field::RequestId, text(|row| Some(&row.request_id))).required()),
        Some(
            own(
                "recorded_at",
                "入库时间",
                "When the warehouse recorded the version",
                instant(|row| Some(row.recorded_at)),
            )
            .required(),
        ),
    ];
    columns.into_iter().flatten().collect()
}

/// Bytes of text in a row that can grow without bound: what the caller limits per batch.
pub(super) fn text_bytes(row: &HistoryRow) -> usize {
    let identity = row
        .identity
        .iter()
        .flat_map(|identity| [&identity.erhc_no, &identity.name, &identity.idcard, &identity.mobile]);
    let optional = [
        &row.person_id,
        &row.card_type,
        &row.sex_code,
        &row.married,
        &row.hospital_name,
        &row.hospital_package_id,
        &row.hospital_package_name,
        &row.add_combination_id,
        &row.add_combination_name,
        &row.pay_type,
        &row.data_sources,
    ];
    let required =
        [&row.account, &row.serial_number, &row.change, &row.hospital_code, &row.order_status, &row.request_id];
    let optional_bytes: usize = optional.into_iter().chain(identity).flatten().map(String::len).sum();
    optional_bytes + required.into_iter().map(String::len).sum::<usize>()
}
