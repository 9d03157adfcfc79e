//! What an entry is written as.

use super::*;

/// An entry of before is read as it was meant, and written as it was, to the letter: its digest is in the chain.
#[test]
fn a_contract_of_before_is_written_as_ever() {
    for (text, ignore, reading) in [
        (r#"{"kind":"contract","text":"x"}"#, vec![], 0),
        (r#"{"kind":"contract","text":"x","ignore":["a","b"]}"#, vec!["a", "b"], 0),
        (r#"{"kind":"contract","text":"x","reading":1}"#, vec![], 1),
    ] {
        let ignore = ignore.into_iter().map(str::to_owned).collect();
        let entry = JournalEntry::Contract { text: "x".to_owned(), ignore, reading };
        assert_eq!(serde_json::from_str::<JournalEntry>(text).unwrap(), entry);
        assert_eq!(serde_json::to_string(&entry).unwrap(), text);
    }
}

#[test]
fn an_own_version_of_before_is_written_as_ever() {
    for text in [
        r#"{"serial_number":"A","version":2}"#,
        r#"{"serial_number":"A","version":2,"delivery_id":7}"#,
        r#"{"serial_number":"A","version":2,"delivery_id":7,"behind":1,"until":7}"#,
    ] {
        let own: OwnVersion = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&own).unwrap(), text);
    }
}
