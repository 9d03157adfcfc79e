//! What the contract finds: rules, problems, and the records that it refuses.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::wording::{Message, Spoken};

/// Rules by name. What cannot be stored faithfully where it is broken is essential: a contract may not lower it to a warning.
macro_rules! rules {
    ($($(#[$doc:meta])+ $rule:ident = $name:literal, $kind:ident;)+) => {
        /// A rule of the contract. Its name is what contract files, `etl.rejections.reasons` and reports show.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub enum Rule {
            $($(#[$doc])+ #[serde(rename = $name)] $rule,)+
        }

        impl Rule {
            /// Every rule, in the order in which a record's problems are reported.
            pub const ALL: [Rule; [$(Rule::$rule),+].len()] = [$(Rule::$rule),+];

            /// The rule's name in contract files, the database and reports.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Rule::$rule => $name,)+
                }
            }

            const fn kind(self) -> Kind {
                match self {
                    $(Rule::$rule => Kind::$kind,)+
                }
            }
        }
    };
}

#[derive(PartialEq)]
enum Kind {
    Essential,
    Lowerable,
    /// Lowerable, and newer than contracts in use.
    Added,
}

rules! {
    /// The record is not a JSON object that can be read.
    Syntax = "syntax", Essential;
    /// The same field occurs twice in one record.
    DuplicateField = "duplicate_field", Essential;
    /// A required field is absent, null or empty.
    Required = "required", Essential;
    /// The JSON type does not fit the field.
    Type = "type", Essential;
    /// More characters (Unicode scalar values) than the contract allows.
    MaxCharacters = "max_characters", Lowerable;
    /// U+0000, which PostgreSQL cannot store.
    NulCharacter = "nul_character", Essential;
    /// Another control character.
    ControlCharacter = "control_character", Lowerable;
    /// A code that the dictionary does not have.
    Dictionary = "dictionary", Lowerable;
    /// Not a date of the calendar written `yyyy-MM-dd`.
    CalendarDate = "calendar_date", Essential;
    /// Not a decimal number, or one that numeric(12,2) cannot hold.
    FeeRange = "fee_range", Essential;
    /// A fee below zero.
    FeeNegative = "fee_negative", Lowerable;
    /// A fee with more than two decimals.
    FeeDecimals = "fee_decimals", Essential;
    /// Add-on codes and add-on names differ in number.
    AddOnPairs = "add_on_pairs", Lowerable;
    /// An identity number (cardType 1) that has neither 18 nor 15 digits of the right form.
    IdentityForm = "identity_form", Lowerable;
    /// The 15-digit identity number used before 1999.
    IdentityLegacy = "identity_legacy", Lowerable;
    /// The check digit of an identity number (GB 11643) is wrong.
    IdentityCheckDigit = "identity_check_digit", Lowerable;
    /// The birth date inside the identity number is not `birthdate`.
    IdentityBirthdate = "identity_birthdate", Lowerable;
    /// The sex inside the identity number is not `sexCode`.
    IdentitySex = "identity_sex", Lowerable;
    /// Not written as the interface has it, but in a form that can be read in one way only.
    Form = "form", Added;
}

impl Rule {
    /// The rule of that name.
    pub fn from_name(name: &str) -> Option<Rule> {
        Rule::ALL.into_iter().find(|rule| rule.as_str() == name)
    }

    /// Whether a record that breaks the rule cannot be stored faithfully. A contract may not lower these to a warning.
    pub fn is_essential(self) -> bool {
        self.kind() == Kind::Essential
    }

    /// Whether a contract need not name it, since it is newer than contracts in use.
    pub fn is_added(self) -> bool {
        self.kind() == Kind::Added
    }
}

/// Its name for people.
impl Spoken for Rule {
    fn message(&self) -> Message {
        Message::of("rule", self.as_str(), Vec::new())
    }
}

/// The effect of a broken rule on its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
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
    /// The problem in words, without any value.
    pub explanation: String,
}

/// Which rule was broken, where, and what that does to the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BrokenRule {
    /// The platform's spelling of the field; empty when the record as a whole is meant.
    pub field: &'static str,
    pub rule: Rule,
    pub severity: Severity,
}

/// Records that broke a rule. A record counts once per field and rule.
pub type ProblemCounts = BTreeMap<BrokenRule, u64>;

/// A record that the contract refused, kept with its data.
#[derive(Clone, PartialEq)]
pub struct Rejection {
    /// Readable `requestId`, if there is one: without it, no batch can be told.
    pub request_id: Option<String>,
    /// Readable `serialNumber`, if there is one.
    pub serial_number: Option<String>,
    /// SHA-256 over the record without its `requestId` and what the pipeline ignores: the same record delivered again is the same rejection.
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
