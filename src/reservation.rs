//! The record that flows through the chain: as delivered, as accepted, as kept, as rejected.
//!
//! These are the words that every stage shares, so they live below all of them. Nothing here does I/O.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

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

/// A reservation that passed the contract: one state of it, as delivered, typed.
///
/// `None` is an absent or null field; an empty text stays an empty text.
#[derive(Clone, PartialEq)]
pub struct Reservation {
    pub request_id: String,
    pub serial_number: String,
    pub erhc_no: Option<String>,
    pub name: Option<String>,
    pub card_type: Option<String>,
    pub idcard: Option<String>,
    pub birthdate: Option<NaiveDate>,
    pub sex_code: Option<String>,
    pub is_pregnant: Option<bool>,
    pub married: Option<String>,
    pub mobile: Option<String>,
    pub hospital_code: String,
    pub hospital_name: Option<String>,
    pub check_date: NaiveDate,
    pub hospital_package_id: Option<String>,
    pub hospital_package_name: Option<String>,
    pub add_combination_id: Option<String>,
    pub add_combination_name: Option<String>,
    /// Yuan, at most two decimals.
    pub examination_fee: Option<Decimal>,
    pub order_status: String,
    pub pay_type: Option<String>,
    pub data_sources: Option<String>,
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

/// What made a version: how this state differs from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Booked,
    Rescheduled,
    Cancelled,
    Amended,
    Reinstated,
}

impl Change {
    /// The text in `warehouse.reservation_versions.change`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Change::Booked => "booked",
            Change::Rescheduled => "rescheduled",
            Change::Cancelled => "cancelled",
            Change::Amended => "amended",
            Change::Reinstated => "reinstated",
        }
    }
}

/// A rule of the contract. The text is what `etl.rejections.reasons` and reports show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The record is not a JSON object that can be read.
    Syntax,
    /// The same field stands twice in one record.
    DuplicateField,
    /// A required field is absent, null or empty.
    Required,
    /// The JSON type does not fit the field.
    Type,
    /// More characters (Unicode scalar values) than the contract allows.
    MaxCharacters,
    /// U+0000, which PostgreSQL cannot store.
    NulCharacter,
    /// Another control character.
    ControlCharacter,
    /// A code that the dictionary does not have.
    Dictionary,
    /// Not a date of the calendar written `yyyy-MM-dd`.
    CalendarDate,
    /// Not a decimal number, or one that numeric(12,2) cannot hold.
    FeeRange,
    /// A fee below zero.
    FeeNegative,
    /// A fee with more than two decimals.
    FeeDecimals,
    /// Add-on codes and add-on names differ in number.
    AddOnPairs,
    /// An identity number (cardType 1) that has neither 18 nor 15 digits of the right form.
    IdentityForm,
    /// The 15-digit identity number of before 1999.
    IdentityLegacy,
    /// The check digit of an identity number (GB 11643) is wrong.
    IdentityCheckDigit,
    /// The birth date inside the identity number is not `birthdate`.
    IdentityBirthdate,
    /// The sex inside the identity number is not `sexCode`.
    IdentitySex,
}

impl Rule {
    /// Every rule, in the order in which a record's problems are reported.
    pub const ALL: [Rule; 18] = [
        Rule::Syntax,
        Rule::DuplicateField,
        Rule::Required,
        Rule::Type,
        Rule::MaxCharacters,
        Rule::NulCharacter,
        Rule::ControlCharacter,
        Rule::Dictionary,
        Rule::CalendarDate,
        Rule::FeeRange,
        Rule::FeeNegative,
        Rule::FeeDecimals,
        Rule::AddOnPairs,
        Rule::IdentityForm,
        Rule::IdentityLegacy,
        Rule::IdentityCheckDigit,
        Rule::IdentityBirthdate,
        Rule::IdentitySex,
    ];

    /// The rule's name in contract files, the database and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Rule::Syntax => "syntax",
            Rule::DuplicateField => "duplicate_field",
            Rule::Required => "required",
            Rule::Type => "type",
            Rule::MaxCharacters => "max_characters",
            Rule::NulCharacter => "nul_character",
            Rule::ControlCharacter => "control_character",
            Rule::Dictionary => "dictionary",
            Rule::CalendarDate => "calendar_date",
            Rule::FeeRange => "fee_range",
            Rule::FeeNegative => "fee_negative",
            Rule::FeeDecimals => "fee_decimals",
            Rule::AddOnPairs => "add_on_pairs",
            Rule::IdentityForm => "identity_form",
            Rule::IdentityLegacy => "identity_legacy",
            Rule::IdentityCheckDigit => "identity_check_digit",
            Rule::IdentityBirthdate => "identity_birthdate",
            Rule::IdentitySex => "identity_sex",
        }
    }

    /// The rule of that name.
    pub fn from_name(name: &str) -> Option<Rule> {
        Rule::ALL.into_iter().find(|rule| rule.as_str() == name)
    }

    /// Whether a record that breaks the rule cannot be stored faithfully. A contract may not lower these to a warning.
    pub const fn is_essential(self) -> bool {
        matches!(
            self,
            Rule::Syntax
                | Rule::DuplicateField
                | Rule::Required
                | Rule::Type
                | Rule::NulCharacter
                | Rule::CalendarDate
                | Rule::FeeRange
                | Rule::FeeDecimals
        )
    }
}

/// What a broken rule does to its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The record goes to quarantine.
    Reject,
    /// The record is accepted; the problem is counted and reported.
    Warn,
}

/// One problem of one record. Never carries a delivered value: it is printed, logged and stored in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The platform's spelling of the field; `None` when the record as a whole is meant.
    pub field: Option<&'static str>,
    pub rule: Rule,
    #[serde(skip)]
    pub severity: Severity,
    /// What is wrong, in words that hold no value.
    pub explanation: String,
}

/// A record that the contract refused, kept with its data.
#[derive(Clone, PartialEq)]
pub struct Rejection {
    /// Readable `requestId`, if there is one: without it, no batch can be told.
    pub request_id: Option<String>,
    /// Readable `serialNumber`, if there is one.
    pub serial_number: Option<String>,
    /// SHA-256 over the record without its `requestId`: the same record delivered again is the same rejection.
    pub content_sha256: [u8; 32],
    /// The record as delivered, byte for byte.
    pub record: Vec<u8>,
    /// Every problem, at least one of them rejecting.
    pub problems: Vec<Problem>,
}

/// Shows no delivered value: a rejection holds personal data.
impl fmt::Debug for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rejection").field("problems", &self.problems).finish_non_exhaustive()
    }
}

/// Versioned canonical digest of a reservation's content (every delivered field but `requestId`).
///
/// First byte: version of the algorithm; the other 32: SHA-256. See `transform::fingerprint`.
pub type Fingerprint = [u8; 33];

/// Keyed HMAC-SHA-256 of card type and id number. See `transform::person`.
pub type PersonId = [u8; 32];

/// What the history knows of the current version of a reservation: enough to decide what a new state changes.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentVersion {
    pub version: i32,
    pub valid_from: DateTime<Utc>,
    pub fingerprint: Fingerprint,
    pub order_status: String,
    pub check_date: NaiveDate,
}

/// One accepted state on its way into the history.
#[derive(Debug, Clone, PartialEq)]
pub struct IncomingState {
    pub reservation: Reservation,
    pub fingerprint: Fingerprint,
    /// `None` where no id number was delivered.
    pub person_id: Option<PersonId>,
}

/// What a chunk of accepted states does to the history: `incoming = opened + unchanged`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HistoryPlan {
    pub opened: Vec<OpenedVersion>,
    /// Current versions of the database that end. Versions opened and superseded in one chunk stand in `opened` only.
    pub closed: Vec<ClosedVersion>,
    pub unchanged: Vec<UnchangedState>,
    /// Opened versions whose start was moved to one microsecond after the version before.
    pub adjusted: u64,
}

/// A version to add.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedVersion {
    pub version: i32,
    pub valid_from: DateTime<Utc>,
    /// `None`: current. Otherwise a later state of the same chunk has already replaced it.
    pub valid_to: Option<DateTime<Utc>>,
    pub change: Change,
    pub state: IncomingState,
}

/// A current version that ends.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedVersion {
    pub serial_number: String,
    pub version: i32,
    pub valid_to: DateTime<Utc>,
    /// Of the version that ends: the export of that month changes, too.
    pub check_date: NaiveDate,
}

/// An accepted state that changes nothing, and is owed an acknowledgement all the same.
#[derive(Debug, Clone, PartialEq)]
pub struct UnchangedState {
    pub request_id: String,
    pub serial_number: String,
}

/// One row of the history export: a version of a reservation as BI tools get it.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryRow {
    pub account: String,
    pub serial_number: String,
    pub version: i32,
    pub valid_from: DateTime<Utc>,
    /// `None` for the current version.
    pub valid_to: Option<DateTime<Utc>>,
    pub change: String,
    /// Lower-case hexadecimal.
    pub person_id: Option<String>,
    /// Present only when the export asks for identity columns.
    pub identity: Option<Identity>,
    pub birthdate: Option<NaiveDate>,
    pub card_type: Option<String>,
    pub sex_code: Option<String>,
    pub is_pregnant: Option<bool>,
    pub married: Option<String>,
    pub hospital_code: String,
    pub hospital_name: Option<String>,
    pub check_date: NaiveDate,
    pub hospital_package_id: Option<String>,
    pub hospital_package_name: Option<String>,
    pub add_combination_id: Option<String>,
    pub add_combination_name: Option<String>,
    pub examination_fee: Option<Decimal>,
    pub order_status: String,
    pub pay_type: Option<String>,
    pub data_sources: Option<String>,
    pub delivery_id: i64,
    pub request_id: String,
    pub recorded_at: DateTime<Utc>,
}

/// The columns that name a person; exported only when `include_identity = true`.
#[derive(Clone, PartialEq, Default)]
pub struct Identity {
    pub erhc_no: Option<String>,
    pub name: Option<String>,
    pub idcard: Option<String>,
    pub mobile: Option<String>,
}

/// Shows nothing: every field names a person.
impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(..)")
    }
}

/// One row of the finance export: the current state of one reservation, without any identity column.
#[derive(Debug, Clone, PartialEq)]
pub struct FinanceRow {
    pub account: String,
    pub serial_number: String,
    pub version: i32,
    pub change: String,
    /// Start of the first version.
    pub booked_at: DateTime<Utc>,
    /// Start of the current version.
    pub changed_at: DateTime<Utc>,
    pub hospital_code: String,
    pub hospital_name: Option<String>,
    pub check_date: NaiveDate,
    pub hospital_package_id: Option<String>,
    pub hospital_package_name: Option<String>,
    pub add_combination_id: Option<String>,
    pub add_combination_name: Option<String>,
    pub examination_fee: Option<Decimal>,
    pub order_status: String,
    pub pay_type: Option<String>,
    pub data_sources: Option<String>,
}
