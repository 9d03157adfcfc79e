//! The record that flows through the chain: as delivered, as accepted, as kept, as rejected.
//!
//! These are the words that every stage shares, so they live below all of them. Nothing here does I/O.

mod arrival;
mod handoff;
mod reconciliation;
mod rule;
#[cfg(test)]
mod tests;
mod unknown_fields;
mod version;

use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;

pub use arrival::{
    ArrivalReason, ArrivalSource, ArrivalVerdict, KnownReservation, NewArrival, OpenArrival, Withdrawal,
};
pub use handoff::Handoff;
pub use reconciliation::{
    ComparedValue, FindingKind, HeldReservation, HeldState, ListPlace, ListedReservation, ReconcileFinding,
};
pub use rule::{BrokenRule, Problem, ProblemCounts, Rejection, Rule, Severity};
pub use unknown_fields::{UNKNOWN_FIELD_CHARACTERS, UNKNOWN_FIELDS_KEPT, UnknownFields};
pub use version::{
    Change, ClosedVersion, CurrentVersion, Fingerprint, HistoryPlan, IncomingState, OpenedVersion, PersonId,
    UnchangedState,
};

/// A field of the platform's order record, in the order of the interface document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    RequestId,
    SerialNumber,
    ErhcNo,
    Name,
    CardType,
    Idcard,
    Birthdate,
    SexCode,
    IsPregnant,
    Married,
    Mobile,
    HospitalCode,
    HospitalName,
    CheckDate,
    HospitalPackageId,
    HospitalPackageName,
    AddCombinationId,
    AddCombinationName,
    ExaminationFee,
    OrderStatus,
    PayType,
    DataSources,
}

/// How a field is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Date,
    Boolean,
    /// Exact decimal in yuan.
    Decimal,
}

impl Field {
    /// Number of fields that the interface document names.
    pub const COUNT: usize = 22;

    /// Every field, in the document's order.
    pub const ALL: [Field; Field::COUNT] = [
        Field::RequestId,
        Field::SerialNumber,
        Field::ErhcNo,
        Field::Name,
        Field::CardType,
        Field::Idcard,
        Field::Birthdate,
        Field::SexCode,
        Field::IsPregnant,
        Field::Married,
        Field::Mobile,
        Field::HospitalCode,
        Field::HospitalName,
        Field::CheckDate,
        Field::HospitalPackageId,
        Field::HospitalPackageName,
        Field::AddCombinationId,
        Field::AddCombinationName,
        Field::ExaminationFee,
        Field::OrderStatus,
        Field::PayType,
        Field::DataSources,
    ];

    /// The platform's spelling, as in the JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Field::RequestId => "requestId",
            Field::SerialNumber => "serialNumber",
            Field::ErhcNo => "erhcNo",
            Field::Name => "name",
            Field::CardType => "cardType",
            Field::Idcard => "idcard",
            Field::Birthdate => "birthdate",
            Field::SexCode => "sexCode",
            Field::IsPregnant => "isPregnant",
            Field::Married => "married",
            Field::Mobile => "mobile",
            Field::HospitalCode => "hospitalCode",
            Field::HospitalName => "hospitalName",
            Field::CheckDate => "checkDate",
            Field::HospitalPackageId => "hospitalPackageId",
            Field::HospitalPackageName => "hospitalPackageName",
            Field::AddCombinationId => "addCombinationId",
            Field::AddCombinationName => "addCombinationName",
            Field::ExaminationFee => "examinationFee",
            Field::OrderStatus => "orderStatus",
            Field::PayType => "payType",
            Field::DataSources => "dataSources",
        }
    }

    /// Our spelling: the column in `warehouse.reservation_versions` and in files.
    pub const fn column_name(self) -> &'static str {
        match self {
            Field::RequestId => "request_id",
            Field::SerialNumber => "serial_number",
            Field::ErhcNo => "erhc_no",
            Field::Name => "name",
            Field::CardType => "card_type",
            Field::Idcard => "idcard",
            Field::Birthdate => "birthdate",
            Field::SexCode => "sex_code",
            Field::IsPregnant => "is_pregnant",
            Field::Married => "married",
            Field::Mobile => "mobile",
            Field::HospitalCode => "hospital_code",
            Field::HospitalName => "hospital_name",
            Field::CheckDate => "check_date",
            Field::HospitalPackageId => "hospital_package_id",
            Field::HospitalPackageName => "hospital_package_name",
            Field::AddCombinationId => "add_combination_id",
            Field::AddCombinationName => "add_combination_name",
            Field::ExaminationFee => "examination_fee",
            Field::OrderStatus => "order_status",
            Field::PayType => "pay_type",
            Field::DataSources => "data_sources",
        }
    }

    /// How the field is stored.
    pub const fn kind(self) -> FieldKind {
        match self {
            Field::Birthdate | Field::CheckDate => FieldKind::Date,
            Field::IsPregnant => FieldKind::Boolean,
            Field::ExaminationFee => FieldKind::Decimal,
            _ => FieldKind::Text,
        }
    }

    /// Whether the history cannot do without it (`protocol.md`: required order fields). A contract may not relax these.
    pub const fn is_essential(self) -> bool {
        matches!(
            self,
            Field::RequestId | Field::SerialNumber | Field::OrderStatus | Field::CheckDate | Field::HospitalCode
        )
    }

    /// The longest text that the warehouse and every file can hold, in characters of up to 4 bytes; 0 for what is no text.
    /// A contract may allow less, never more, and may not let longer ones pass with a warning.
    pub const fn characters_max(self) -> usize {
        match self {
            // An entry of a PostgreSQL B-tree ends at 2704 bytes: a key beside an account, …
            Field::RequestId | Field::SerialNumber => 500,
            // … and the key of `warehouse.daily_volumes`, which has these four.
            Field::HospitalCode | Field::HospitalPackageId | Field::DataSources | Field::OrderStatus => 150,
            // A cell of a workbook ends at 32,767 UTF-16 units.
            _ => match self.kind() {
                FieldKind::Text => 16_000,
                FieldKind::Date | FieldKind::Boolean | FieldKind::Decimal => 0,
            },
        }
    }

    /// The field of that platform spelling.
    pub fn from_name(name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Position in [`Field::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A delivered text. Most are short (codes, dates, numbers, names) and stand in the value itself.
pub type Text = compact_str::CompactString;

/// A reservation that passed the contract: one state of it, as delivered, typed.
///
/// `None` is an absent or null field; an empty text stays an empty text.
#[derive(Clone, PartialEq)]
pub struct Reservation {
    pub request_id: Text,
    pub serial_number: Text,
    pub erhc_no: Option<Text>,
    pub name: Option<Text>,
    pub card_type: Option<Text>,
    pub idcard: Option<Text>,
    pub birthdate: Option<NaiveDate>,
    pub sex_code: Option<Text>,
    pub is_pregnant: Option<bool>,
    pub married: Option<Text>,
    pub mobile: Option<Text>,
    pub hospital_code: Text,
    pub hospital_name: Option<Text>,
    pub check_date: NaiveDate,
    pub hospital_package_id: Option<Text>,
    pub hospital_package_name: Option<Text>,
    pub add_combination_id: Option<Text>,
    pub add_combination_name: Option<Text>,
    /// Yuan, at most two decimals.
    pub examination_fee: Option<Decimal>,
    pub order_status: Text,
    pub pay_type: Option<Text>,
    pub data_sources: Option<Text>,
    /// Fields that the contract does not know, by the platform's spelling; `None` when there is none.
    pub extra: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Shows the keys only: the rest is personal data.
impl fmt::Debug for Reservation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Reservation")
            .field("serial_number", &self.serial_number)
            .field("order_status", &self.order_status)
            .field("check_date", &self.check_date)
            .finish_non_exhaustive()
    }
}

/// `orderStatus` 5, 已取消预约: the only thing that cancels a reservation.
pub const ORDER_STATUS_CANCELLED: &str = "5";

/// `orderStatus` 2, 改约.
pub const ORDER_STATUS_RESCHEDULED: &str = "2";

impl Reservation {
    /// Whether this state says that the reservation is cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.order_status == ORDER_STATUS_CANCELLED
    }
}
