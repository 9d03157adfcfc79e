//! The causes of an error, as messages.

use std::error::Error;

use crate::certificates::CaFileError;
use crate::platform::cipher::CipherError;
use crate::platform::{AnswerError, PlatformError};
use crate::seal::SealError;
use crate::warehouse::{UrlProblem, WarehouseError};
use crate::wording::{Message, Spoken, message};

/// The causes of an error, the nearest first: ours in whichever language is wanted, all others in their own words.
pub fn spoken_causes(error: &(dyn Error + 'static)) -> Vec<Message> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(spoken(cause));
        next = cause.source();
    }
    causes
}

/// An error and its causes in one line.
pub fn spoken_chain<E: Error + Spoken + 'static>(error: &E) -> Message {
    let chained = |problem: Message, cause: Message| message!("caused", problem, cause);
    spoken_causes(error).into_iter().fold(error.message(), chained)
}

fn spoken(cause: &(dyn Error + 'static)) -> Message {
    fn of<T: Error + Spoken + 'static>(cause: &(dyn Error + 'static)) -> Option<Message> {
        cause.downcast_ref::<T>().map(Spoken::message)
    }
    let ours = [
        of::<WarehouseError>,
        of::<PlatformError>,
        of::<AnswerError>,
        of::<CipherError>,
        of::<SealError>,
        of::<UrlProblem>,
        of::<CaFileError>,
    ];
    let own_words = || message!("own-words", words = cause.to_string());
    ours.into_iter().find_map(|of| of(cause)).unwrap_or_else(own_words)
}
