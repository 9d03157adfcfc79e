//! What must not be in the sources, because it would take a protection away.

use crate::tidy::assert_none;
use crate::tidy::source::sources;

/// Invariant: Who is not trusted is told nothing: the server's chain, name and dates are checked on every encrypted
/// connection, and what leaves the machine is encrypted unless the URL says `disable`.
#[test]
fn certificate_checks_cannot_be_turned_off() {
    let mut problems = Vec::new();
    for source in sources() {
        for (at, token) in source.tokens.iter().enumerate() {
            // What rustls, reqwest and others call their ways round it: danger_accept_invalid_certs, dangerous(), …
            if let Some(word) = source.word(at).filter(|word| word.to_lowercase().starts_with("danger")) {
                problems.push(format!("{}:{}: {word}", source.path, token.line));
            }
        }
    }
    assert_none(problems, "trust one more CA by a file (certificates::CaFile); the checks stay on");
}
