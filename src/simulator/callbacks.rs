//! What a callback marks as received. The interface document says that it "marks the reservation", and no more: a
//! rehearsal can choose the reading.

use std::fmt;
use std::str::FromStr;

use crate::wording::{Message, Spoken, display_in_english, message};

/// The effect of one callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// The delivered state of the reservation: the next pull delivers any change since then.
    Delivered,
    /// The reservation, whatever its state at that moment: a change that nobody has pulled is never delivered.
    Reservation,
}

/// The reading of both callbacks. The default takes each at its word: a `serialNumber` names a reservation and no state
/// of it, a `requestId` names one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Callbacks {
    /// The reading of a callback by `serialNumber`.
    pub single: Marks,
    /// The reading of a callback by `requestId`, for every reservation of that batch.
    pub batch: Marks,
}

impl Callbacks {
    /// Nothing is marked that was not delivered.
    pub const KIND: Callbacks = Callbacks { single: Marks::Delivered, batch: Marks::Delivered };
    /// A single callback marks the reservation, a batch callback what its batch held.
    pub const STRICT: Callbacks = Callbacks { single: Marks::Reservation, batch: Marks::Delivered };
    /// Both mark reservations.
    pub const STRICTEST: Callbacks = Callbacks { single: Marks::Reservation, batch: Marks::Reservation };
}

impl Default for Callbacks {
    fn default() -> Callbacks {
        Callbacks::STRICT
    }
}

impl fmt::Display for Marks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Marks::Delivered => "marks-delivered",
            Marks::Reservation => "marks-reservation",
        })
    }
}

/// A text that names no reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct UnknownReading;

impl Spoken for UnknownReading {
    fn message(&self) -> Message {
        message!("TJ-8031")
    }
}

display_in_english!(UnknownReading);

impl FromStr for Marks {
    type Err = UnknownReading;

    fn from_str(text: &str) -> Result<Marks, UnknownReading> {
        [Marks::Reservation, Marks::Delivered].into_iter().find(|marks| marks.to_string() == text).ok_or(UnknownReading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_reads_back_from_its_name() {
        assert_eq!("marks-reservation".parse(), Ok(Marks::Reservation));
        assert_eq!("marks-delivered".parse(), Ok(Marks::Delivered));
        assert_eq!("marks-everything".parse::<Marks>(), Err(UnknownReading));
    }
}
