//! The causes of an error, as messages.

use std::error::Error;

use crate::certificates::CaFileError;
use crate::guidance::causes;
use crate::platform::cipher::CipherError;
use crate::platform::{AnswerError, PlatformError};
use crate::seal::SealError;
use crate::warehouse::{UrlProblem, WarehouseError};
use crate::wording::{Message, Spoken, message};

/// The causes of an error, the nearest first: ours in whichever language is wanted, all others in their own words.
pub fn spoken_causes(error: &dyn Error) -> Vec<Message> {
    causes(error).map(spoken).collect()
}

/// An error and its causes in one line, under the error's code.
pub fn spoken_chain<E: Error + Spoken>(error: &E) -> Message {
    let problem = error.message();
    let code = problem.code();
    let chained = |problem: Message, cause: Message| message!("caused", problem, cause);
    let whole = spoken_causes(error).into_iter().fold(problem, chained);
    match code {
        Some(code) => whole.coded(code),
        None => whole,
    }
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

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::failure::RunError;
    use crate::files::ExportError;

    #[test]
    fn an_error_with_its_causes_keeps_its_code_and_says_what_logs_say() {
        let source = io::Error::other("no");
        let error = RunError::Export(ExportError::File { operation: "write", path: "a.csv".into(), source });
        let whole = spoken_chain(&error);
        assert_eq!(whole.code(), Some("TJ-5001"));
        assert_eq!(whole.to_string(), error.chain());
        assert_eq!(spoken_causes(&error), [message!("own-words", words = "no")]);
        let ours = RunError::Warehouse(WarehouseError::Seal(SealError::Damaged));
        assert_eq!(spoken_causes(&ours), [SealError::Damaged.message()]);
        assert_eq!(spoken_chain(&ours).to_string(), ours.chain());
        let locked = spoken_chain(&RunError::Locked);
        assert_eq!((locked.code(), locked.to_string()), (Some("TJ-6011"), RunError::Locked.to_string()));
    }
}
