//! The causes of an error, as messages.

use std::error::Error;
use std::io;

use crate::certificates::CaFileError;
use crate::guidance::causes;
use crate::lake::StoreFault;
use crate::platform::cipher::CipherError;
use crate::platform::{AnswerError, PlatformError};
use crate::seal::SealError;
use crate::warehouse::{UrlProblem, WarehouseError};
use crate::wording::{Argument, Language, Message, Spoken, in_their_words, message};

/// The causes of an error, the nearest first. Those of libraries are English, and most only say that they have a cause:
/// in Chinese, these are left out.
pub fn spoken_causes(error: &dyn Error, language: Language) -> Vec<Message> {
    let is_told = |cause: &&(dyn Error + 'static)| {
        language == Language::English || cause.source().is_none() || ours(*cause).is_some()
    };
    causes(error).filter(is_told).map(spoken).collect()
}

/// An error and its causes in one line, under the error's code.
pub fn spoken_chain<E: Error + Spoken>(error: &E) -> Message {
    let chained = |problem: Message, cause: Message| message!("caused", problem, cause);
    let whole = |language| spoken_causes(error, language).into_iter().fold(error.message(), chained).text(language);
    let words = Argument::Named { english: whole(Language::English), chinese: whole(Language::Chinese) };
    let whole = message!("own-words", words);
    match error.message().code() {
        Some(code) => whole.coded(code),
        None => whole,
    }
}

fn spoken(cause: &(dyn Error + 'static)) -> Message {
    let system = || cause.downcast_ref::<io::Error>().map(Spoken::message);
    ours(cause).or_else(system).unwrap_or_else(|| in_their_words(cause.to_string()))
}

/// A cause of ours, which an error of the system may carry.
fn ours(cause: &(dyn Error + 'static)) -> Option<Message> {
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
        of::<StoreFault>,
    ];
    let carried = || self::ours(cause.downcast_ref::<io::Error>()?.get_ref()?);
    ours.into_iter().find_map(|of| of(cause)).or_else(carried)
}

#[cfg(test)]
mod tests {
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
        assert_eq!(spoken_causes(&error, Language::Chinese), [message!("own-words", words = "no")]);
        let ours = RunError::Warehouse(WarehouseError::Seal(SealError::Damaged));
        assert_eq!(spoken_causes(&ours, Language::Chinese), [SealError::Damaged.message()]);
        assert_eq!(spoken_chain(&ours).to_string(), ours.chain());
        let locked = spoken_chain(&RunError::Locked);
        assert_eq!((locked.code(), locked.to_string()), (Some("TJ-6011"), RunError::Locked.to_string()));
    }

    /// What a library says around an error of the system.
    #[derive(Debug, thiserror::Error)]
    #[error("error sending request")]
    struct Around(#[source] io::Error);

    #[test]
    fn chinese_leaves_out_what_only_wraps_a_cause_and_translates_the_system() {
        let refused = || Around(io::Error::from_raw_os_error(111));
        let wrapped = |error: io::Error| {
            let source = io::Error::other(error);
            RunError::Export(ExportError::File { operation: "write", path: "a.csv".into(), source })
        };
        let error = wrapped(io::Error::other(refused()));
        let told = |error: &RunError, language| {
            let told = spoken_causes(error, language);
            told.iter().map(|cause| cause.text(language)).collect::<Vec<_>>()
        };
        assert_eq!(told(&error, Language::Chinese), ["连接被拒绝（os error 111）"]);
        let english = told(&error, Language::English);
        assert_eq!(english.last().unwrap(), "Connection refused (os error 111)");
        assert!(english.contains(&"error sending request".to_owned()), "{english:?}");
        let whole = spoken_chain(&error);
        assert_eq!(whole.to_string(), error.chain(), "what logs say");
        assert_eq!(
            whole.text(Language::Chinese),
            format!("{}：连接被拒绝（os error 111）", error.message().text(Language::Chinese))
        );

        // An error of ours that the system's carries, as a sealed file does.
        let damaged = wrapped(io::Error::other(SealError::Damaged));
        assert_eq!(told(&damaged, Language::Chinese), [SealError::Damaged.message().text(Language::Chinese)]);
    }
}
