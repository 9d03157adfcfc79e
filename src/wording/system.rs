//! What the operating system and libraries say, as messages: in English in their own words, in Chinese in ours, with the
//! system's number of the error behind them.

use std::io::{self, ErrorKind};

use crate::wording::{Argument, Message, Spoken, message};

/// The kinds of system errors that have a Chinese text, by their names in it.
const KINDS: [(ErrorKind, &str); 27] = [
    (ErrorKind::AddrInUse, "address-in-use"),
    (ErrorKind::AddrNotAvailable, "address-not-available"),
    (ErrorKind::AlreadyExists, "already-exists"),
    (ErrorKind::BrokenPipe, "broken-pipe"),
    (ErrorKind::ConnectionAborted, "connection-aborted"),
    (ErrorKind::ConnectionRefused, "connection-refused"),
    (ErrorKind::ConnectionReset, "connection-reset"),
    (ErrorKind::DirectoryNotEmpty, "folder-not-empty"),
    (ErrorKind::FileTooLarge, "file-too-large"),
    (ErrorKind::HostUnreachable, "host-unreachable"),
    (ErrorKind::InvalidFilename, "invalid-file-name"),
    (ErrorKind::InvalidInput, "invalid-input"),
    (ErrorKind::IsADirectory, "is-a-folder"),
    (ErrorKind::NetworkDown, "network-down"),
    (ErrorKind::NetworkUnreachable, "network-unreachable"),
    (ErrorKind::NotADirectory, "not-a-folder"),
    (ErrorKind::NotConnected, "not-connected"),
    (ErrorKind::NotFound, "not-found"),
    (ErrorKind::OutOfMemory, "out-of-memory"),
    (ErrorKind::PermissionDenied, "permission-denied"),
    (ErrorKind::QuotaExceeded, "quota-exceeded"),
    (ErrorKind::ReadOnlyFilesystem, "read-only-file-system"),
    (ErrorKind::ResourceBusy, "resource-busy"),
    (ErrorKind::StorageFull, "storage-full"),
    (ErrorKind::TimedOut, "timed-out"),
    (ErrorKind::UnexpectedEof, "unexpected-end"),
    (ErrorKind::Unsupported, "unsupported"),
];

/// What libraries say in types that are theirs alone, by its beginning. Words that they change are told as they are.
const PHRASES: [(&str, &str); 4] = [
    ("connection closed before message completed", "connection-closed"),
    ("end of file before message length reached", "connection-closed"),
    ("failed to lookup address information", "unknown-host"),
    ("operation timed out", "timed-out"),
];

impl Spoken for io::Error {
    fn message(&self) -> Message {
        let english = self.to_string();
        let kind = KINDS.into_iter().find(|(kind, _)| *kind == self.kind());
        match (kind, self.raw_os_error()) {
            // Whoever made it says more than its kind does.
            _ if self.get_ref().is_some() => in_their_words(english),
            (Some((_, kind)), Some(number)) => of_kind(kind, english, format!("os error {number}")),
            (Some((_, kind)), None) => of_kind(kind, english.clone(), english),
            (None, _) => in_their_words(english),
        }
    }
}

/// What a library says of an error.
pub fn in_their_words(words: String) -> Message {
    match PHRASES.into_iter().find(|(beginning, _)| words.starts_with(beginning)) {
        Some((_, kind)) => of_kind(kind, words.clone(), words),
        None => message!("own-words", words),
    }
}

fn of_kind(kind: &str, english: String, chinese: String) -> Message {
    message!("system", kind, words = Argument::Named { english, chinese })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::wording::Language;

    #[test]
    fn an_error_of_the_system_is_told_in_its_words_or_in_chinese_with_its_number() {
        let refused = io::Error::from_raw_os_error(111).message();
        assert_eq!(refused.to_string(), "Connection refused (os error 111)");
        assert_eq!(refused.text(Language::Chinese), "连接被拒绝（os error 111）");
        let without_number = io::Error::from(ErrorKind::TimedOut).message();
        assert_eq!(without_number.to_string(), "timed out");
        assert_eq!(without_number.text(Language::Chinese), "超时（timed out）");
        let rare = io::Error::from_raw_os_error(5).message();
        for language in [Language::English, Language::Chinese] {
            assert_eq!(rare.text(language), "Input/output error (os error 5)");
        }
    }

    #[test]
    fn every_kind_and_every_phrase_has_a_chinese_text_of_its_own() {
        let mut texts = BTreeSet::new();
        for (kind, name) in KINDS {
            let message = io::Error::from(kind).message();
            let text = message.text(Language::Chinese);
            let english = io::Error::from(kind).to_string();
            assert_eq!(message.to_string(), english);
            let ours = text.strip_suffix(&format!("（{english}）")).unwrap_or_else(|| panic!("{name}: {text}"));
            assert!(!ours.is_ascii() && texts.insert(ours.to_owned()), "{name}: {text}");
        }
        for (beginning, name) in PHRASES {
            let words = format!("{beginning}: and so on");
            let message = in_their_words(words.clone());
            assert_eq!(message.to_string(), words);
            let text = message.text(Language::Chinese);
            assert!(!text.starts_with(beginning) && text.ends_with(&format!("（{words}）")), "{name}: {text}");
        }
    }

    #[test]
    fn what_somebody_says_of_an_error_counts_more_than_its_kind() {
        let said = io::Error::new(ErrorKind::NotFound, "no such thing").message();
        assert_eq!(said.text(Language::Chinese), "no such thing");
        let lookup = "failed to lookup address information: Name or service not known";
        let lookup = io::Error::other(lookup).message().text(Language::Chinese);
        assert_eq!(lookup, "无法解析主机名（failed to lookup address information: Name or service not known）");
    }
}
