//! The fields of the platform's order record, in one table: what is made of it is every list of them.

use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;

/// A delivered text. Most are short (codes, dates, numbers, names) and are stored in the value itself.
pub type Text = compact_str::CompactString;

/// Makes [`Field`] and [`Reservation`] of the table: field, the platform's spelling, our column, what it holds, and whom it names.
macro_rules! fields {
    ($($(#[$note:meta])* $Field:ident $name:literal $column:ident: $Held:ty, $Names:ident;)*) => {
        /// A field of the platform's order record, in the order of the interface document.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Field {
            $($Field,)*
        }

        impl Field {
            /// Every field, in the document's order.
            pub const ALL: [Field; Field::COUNT] = [$(Field::$Field,)*];

            /// Number of fields that the interface document names.
            pub const COUNT: usize = [$($name,)*].len();

            /// The platform's spelling, as in the JSON.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Field::$Field => $name,)*
                }
            }

            /// Our spelling: the column in `warehouse.reservation_versions` and in files.
            pub const fn column_name(self) -> &'static str {
                match self {
                    $(Field::$Field => stringify!($column),)*
                }
            }

            /// How the field is stored.
            pub const fn kind(self) -> FieldKind {
                match self {
                    $(Field::$Field => <$Held as Held>::KIND,)*
                }
            }

            /// Whether it names a person, or says how to reach one: no file has it unless it is asked for, and an erasure takes
            /// it out.
            pub const fn names_person(self) -> bool {
                match self {
                    $(Field::$Field => matches!(Names::$Names, Names::Person),)*
                }
            }

            /// Whether the history cannot do without it (`protocol.md`: required order fields). A contract may not relax these.
            pub const fn is_essential(self) -> bool {
                match self {
                    $(Field::$Field => <$Held as Held>::IS_ESSENTIAL,)*
                }
            }
        }

        /// A reservation that passed the contract: one state of it, as delivered, typed.
        ///
        /// `None` is an absent or null field; an empty text stays an empty text.
        #[derive(Clone, PartialEq)]
        pub struct Reservation {
            $($(#[$note])* pub $column: $Held,)*
            /// Fields that the contract does not know, by the platform's spelling; `None` when there is none.
            pub extra: Option<serde_json::Map<String, serde_json::Value>>,
        }

        impl Reservation {
            /// Takes the fields' values, each of its field's kind; `None` where an essential one is missing.
            pub fn of(
                mut take: impl FnMut(Field) -> Option<FieldValue>,
                extra: Option<serde_json::Map<String, serde_json::Value>>,
            ) -> Option<Reservation> {
                Some(Reservation { $($column: <$Held as Held>::of(take(Field::$Field))?,)* extra })
            }

            /// The value of a field.
            pub fn value(&self, field: Field) -> FieldRef<'_> {
                match field {
                    $(Field::$Field => self.$column.as_field(),)*
                }
            }
        }
    };
}

/// Which person a field names.
enum Names {
    Person,
    Nobody,
}

fields! {
    RequestId "requestId" request_id: Text, Nobody;
    SerialNumber "serialNumber" serial_number: Text, Nobody;
    ErhcNo "erhcNo" erhc_no: Option<Text>, Person;
    Name "name" name: Option<Text>, Person;
    CardType "cardType" card_type: Option<Text>, Nobody;
    Idcard "idcard" idcard: Option<Text>, Person;
    Birthdate "birthdate" birthdate: Option<NaiveDate>, Nobody;
    SexCode "sexCode" sex_code: Option<Text>, Nobody;
    IsPregnant "isPregnant" is_pregnant: Option<bool>, Nobody;
    Married "married" married: Option<Text>, Nobody;
    Mobile "mobile" mobile: Option<Text>, Person;
    HospitalCode "hospitalCode" hospital_code: Text, Nobody;
    HospitalName "hospitalName" hospital_name: Option<Text>, Nobody;
    CheckDate "checkDate" check_date: NaiveDate, Nobody;
    HospitalPackageId "hospitalPackageId" hospital_package_id: Option<Text>, Nobody;
    HospitalPackageName "hospitalPackageName" hospital_package_name: Option<Text>, Nobody;
    AddCombinationId "addCombinationId" add_combination_id: Option<Text>, Nobody;
    AddCombinationName "addCombinationName" add_combination_name: Option<Text>, Nobody;
    /// Yuan, at most two decimals.
    ExaminationFee "examinationFee" examination_fee: Option<Decimal>, Nobody;
    OrderStatus "orderStatus" order_status: Text, Nobody;
    PayType "payType" pay_type: Option<Text>, Nobody;
    DataSources "dataSources" data_sources: Option<Text>, Nobody;
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

/// A value that a field may hold.
#[derive(Clone, PartialEq)]
pub enum FieldValue {
    Text(Text),
    Date(NaiveDate),
    Boolean(bool),
    Decimal(Decimal),
}

/// The value of a reservation's field; `None`: absent.
#[derive(Clone, Copy)]
pub enum FieldRef<'a> {
    Text(Option<&'a str>),
    Date(Option<NaiveDate>),
    Boolean(Option<bool>),
    Decimal(Option<Decimal>),
}

/// A type that a field may be stored as.
trait Stored: Sized {
    const KIND: FieldKind;
    fn of(value: FieldValue) -> Option<Self>;
    fn as_field(value: Option<&Self>) -> FieldRef<'_>;
}

impl Stored for Text {
    const KIND: FieldKind = FieldKind::Text;

    fn of(value: FieldValue) -> Option<Text> {
        if let FieldValue::Text(text) = value { Some(text) } else { None }
    }

    fn as_field(value: Option<&Text>) -> FieldRef<'_> {
        FieldRef::Text(value.map(Text::as_str))
    }
}

impl Stored for NaiveDate {
    const KIND: FieldKind = FieldKind::Date;

    fn of(value: FieldValue) -> Option<NaiveDate> {
        if let FieldValue::Date(date) = value { Some(date) } else { None }
    }

    fn as_field(value: Option<&NaiveDate>) -> FieldRef<'_> {
        FieldRef::Date(value.copied())
    }
}

impl Stored for bool {
    const KIND: FieldKind = FieldKind::Boolean;

    fn of(value: FieldValue) -> Option<bool> {
        if let FieldValue::Boolean(value) = value { Some(value) } else { None }
    }

    fn as_field(value: Option<&bool>) -> FieldRef<'_> {
        FieldRef::Boolean(value.copied())
    }
}

impl Stored for Decimal {
    const KIND: FieldKind = FieldKind::Decimal;

    fn of(value: FieldValue) -> Option<Decimal> {
        if let FieldValue::Decimal(value) = value { Some(value) } else { None }
    }

    fn as_field(value: Option<&Decimal>) -> FieldRef<'_> {
        FieldRef::Decimal(value.copied())
    }
}

/// The type of a member of [`Reservation`]: a stored type if the history needs the field, otherwise an option of one.
trait Held: Sized {
    const KIND: FieldKind;
    const IS_ESSENTIAL: bool;
    fn of(value: Option<FieldValue>) -> Option<Self>;
    fn as_field(&self) -> FieldRef<'_>;
}

impl<T: Stored> Held for T {
    const KIND: FieldKind = T::KIND;
    const IS_ESSENTIAL: bool = true;

    fn of(value: Option<FieldValue>) -> Option<T> {
        value.and_then(<T as Stored>::of)
    }

    fn as_field(&self) -> FieldRef<'_> {
        <T as Stored>::as_field(Some(self))
    }
}

impl<T: Stored> Held for Option<T> {
    const KIND: FieldKind = T::KIND;
    const IS_ESSENTIAL: bool = false;

    fn of(value: Option<FieldValue>) -> Option<Option<T>> {
        Some(value.and_then(<T as Stored>::of))
    }

    fn as_field(&self) -> FieldRef<'_> {
        <T as Stored>::as_field(self.as_ref())
    }
}

impl Field {
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
