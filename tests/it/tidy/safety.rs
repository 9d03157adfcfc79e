//! What must not be in the sources, because it would take a protection away.

use crate::tidy::assert_none;
use crate::tidy::source::sources;

/// Who may go round a library's own checks: file, word, reason.
const ALLOWED: [(&str, &str, &str); 2] = [
    ("src/certificates/trust.rs", "danger", "where rustls keeps the words of whoever checks certificates"),
    (
        "src/certificates/trust.rs",
        "dangerous",
        "the one place that checks them: by chain, or against those that were named",
    ),
];

/// Invariant: Nothing is sent to an untrusted server: chain, name and dates are checked on every encrypted connection,
/// or the server has exactly the certificate that the pipeline names; and connections to other machines are encrypted
/// unless the URL says `disable` or the pipeline `allow_http`.
#[test]
fn certificate_checks_cannot_be_turned_off() {
    let mut problems = Vec::new();
    for source in sources() {
        for (at, token) in source.tokens.iter().enumerate() {
            // What rustls, reqwest and others call their ways round it: danger_accept_invalid_certs, dangerous(), …
            let is_allowed =
                |word: &str| ALLOWED.iter().any(|(path, allowed, _)| (*path, *allowed) == (&*source.path, word));
            let found = source.word(at).filter(|word| word.to_lowercase().starts_with("danger"));
            if let Some(word) = found.filter(|word| !is_allowed(word)) {
                problems.push(format!("{}:{}: {word}", source.path, token.line));
            }
        }
    }
    assert_none(
        problems,
        "trust one more CA, or one certificate, by a file (certificates::CaFile); the checks stay on",
    );
}
