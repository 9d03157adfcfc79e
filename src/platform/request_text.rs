//! A request's ciphertext as it is written for the platform.

use crate::pipeline::{Base64Alphabet, RequestText};
use crate::platform::cipher::Cipher;

/// The encrypted parameters, in the letters and the quotes that the pipeline names. Padding stays in either alphabet: a decoder
/// that can do without it takes it, too.
pub(super) fn request_text(parameters: &[u8], cipher: &Cipher, form: RequestText) -> String {
    let mut text = cipher.encrypt(parameters);
    if form.base64 == Base64Alphabet::UrlSafe {
        text = text.replace('+', "-").replace('/', "_");
    }
    // Nothing in it needs an escape.
    if form.is_quoted { format!("\"{text}\"") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ciphertext_is_written_as_the_pipeline_says() {
        let cipher = Cipher::new("0123456789abcdef").unwrap();
        let parameters = (0..1000).map(|number| format!("batch-{number}").into_bytes());
        let has_all =
            |parameters: &Vec<u8>| ['+', '/', '='].iter().all(|sign| cipher.encrypt(parameters).contains(*sign));
        let parameters = parameters.into_iter().find(has_all).unwrap();
        let standard = cipher.encrypt(&parameters);
        let url_safe = standard.replace('+', "-").replace('/', "_");
        for (base64, is_quoted, expected) in [
            (Base64Alphabet::Standard, false, standard.clone()),
            (Base64Alphabet::Standard, true, format!("\"{standard}\"")),
            (Base64Alphabet::UrlSafe, false, url_safe.clone()),
            (Base64Alphabet::UrlSafe, true, format!("\"{url_safe}\"")),
        ] {
            let text = request_text(&parameters, &cipher, RequestText { base64, is_quoted });
            assert_eq!(text, expected);
            assert_eq!(cipher.decrypt(text.as_bytes()).unwrap(), parameters);
        }
    }
}
