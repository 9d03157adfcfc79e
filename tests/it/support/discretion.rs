//! What must never be seen: marked personal data, secrets, tokens, words of the platform.

use tijian::simulator::Credentials;

use crate::support::record;

/// What a marked record's person is known by, and what nobody but the warehouse may get to see.
const MARKERS: [&str; 7] =
    ["标记姓名", "MARKED-CARD", "11010519491231002X", "13912345678", "1949-12-31", "MARKED-PACKAGE", "MARKED-EXTRA"];

/// The platform's messages, which may quote anything; and how every token begins.
const FOREIGN: [&str; 7] = ["操作成功", "数据有误", "请联系", "token无效", "apikey或", "MARKED-MESSAGE", "eyJ"];

/// A valid reservation whose every personal value can be told in a text; `changes` as in [`record`].
pub fn marked_record(serial_number: &str, changes: &str) -> String {
    let marked = r#""name":"标记姓名","erhcNo":"MARKED-CARD","mobile":"13912345678","hospitalPackageName":"MARKED-PACKAGE",
        "unknownField":"MARKED-EXTRA""#;
    let separator = if changes.is_empty() { "" } else { "," };
    record(serial_number, &format!("{marked}{separator}{changes}"))
}

/// The text says nothing that an operator must not read.
pub fn assert_discreet(text: &str, at: &str) {
    let Credentials { api_key, secret, aes_key } = Credentials::default();
    let secrets = [api_key.as_str(), secret.as_str(), aes_key.as_str(), "BwcHBwcH"];
    for forbidden in MARKERS.iter().chain(&FOREIGN).chain(&secrets) {
        assert!(!text.contains(forbidden), "{at}: {forbidden} is in {text}");
    }
}
