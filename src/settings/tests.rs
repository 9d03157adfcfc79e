//! What the environment says, rightly and wrongly.

use super::*;
use std::os::unix::ffi::OsStringExt;

fn settings(variables: &[(&str, &str)]) -> Settings {
    variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

#[test]
fn chinese_is_asked_for_by_the_first_locale_that_is_set_and_in_utf_8() {
    for (locale, is_chinese) in [
        ("zh_CN.UTF-8", true),
        ("zh_CN.utf8", true),
        ("zh_SG.UTF-8@pinyin", true),
        ("zh_CN", false),
        ("zh_TW", false),
        ("zh_SG@pinyin", false),
        ("ZH_cn.Utf8", true),
        ("zh", true),
        ("zh-Hans-CN", true),
        ("zh_CN.GB18030", false),
        ("zh_CN.gbk", false),
        ("zha", false),
        ("en_US.UTF-8", false),
        ("C.UTF-8", false),
        ("", false),
    ] {
        assert_eq!(settings(&[("LANG", locale)]).asks_for_chinese(), is_chinese, "{locale}");
    }
    let over = |name| settings(&[("LANG", "en_US.UTF-8"), (name, "zh_CN.UTF-8")]).asks_for_chinese();
    assert!(over("LC_ALL") && over("LC_MESSAGES"));
    assert!(!settings(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]).asks_for_chinese());
    assert!(settings(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")]).asks_for_chinese(), "empty is not set");
}

#[test]
fn an_empty_database_url_is_none() {
    assert!(settings(&[]).database_url().unwrap().is_none());
    assert!(settings(&[("DATABASE_URL", "")]).database_url().unwrap().is_none());
    let url = settings(&[("DATABASE_URL", "postgres://here")]).database_url().unwrap().unwrap();
    assert_eq!(url.expose_secret(), "postgres://here");
}

#[test]
fn the_private_server_is_asked_for_in_one_way() {
    let asks = |variables: &[_]| settings(variables).asks_for_private_server();
    assert_eq!([asks(&[]), asks(&[(PRIVATE_SERVER, "")]), asks(&[(PRIVATE_SERVER, "0")])], [const { Ok(false) }; 3]);
    assert_eq!(asks(&[(PRIVATE_SERVER, "1")]), Ok(true));
    assert_eq!(asks(&[(PRIVATE_SERVER, "yes")]), Err(SettingsError::PrivateServerForm));
}

#[test]
fn a_site_key_is_32_bytes_of_base64_with_or_without_padding() {
    let padded = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let expected: Vec<u8> = (0..32).collect();
    for text in [padded, padded.trim_end_matches('='), &format!(" {padded}\r\n")] {
        let key = settings(&[("TIJIAN_SITE_KEY", text)]).site_key().unwrap();
        assert_eq!(key.expose()[..], expected);
    }
}

#[test]
fn a_bad_site_key_is_told_with_the_way_to_make_one_and_without_its_value() {
    assert_eq!(settings(&[]).site_key().unwrap_err(), SettingsError::SiteKeyMissing);
    for text in ["c2hvcnQ=", "not Base64!", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj"] {
        let error = settings(&[("TIJIAN_SITE_KEY", text)]).site_key().unwrap_err();
        assert!(error.to_string().contains("openssl rand -base64 32"));
        assert!(!error.to_string().contains(text));
    }
}

#[test]
fn a_secret_that_is_missing_empty_or_no_text_is_told_by_its_name_only() {
    let name = SecretName { env: "SOME_KEY".to_owned() };
    let missing = "the environment variable SOME_KEY is not set";
    assert_eq!(settings(&[]).secret(&name).unwrap_err().to_string(), missing);
    assert_eq!(settings(&[("SOME_KEY", "")]).secret(&name).unwrap_err().to_string(), missing);
    let bytes = OsString::from_vec(vec![b'k', 0xff]);
    let error = Settings::from_iter([(OsString::from("SOME_KEY"), bytes)]).secret(&name).unwrap_err();
    assert_eq!(error.to_string(), "the environment variable SOME_KEY is not UTF-8 text");
    assert_eq!(settings(&[("SOME_KEY", " k ")]).secret(&name).unwrap().expose_secret(), " k ");
}

#[test]
fn the_data_folder_is_the_flag_then_the_variable_then_the_users_own() {
    let named = settings(&[("TIJIAN_DATA_DIR", "/named"), ("HOME", "/home/a")]);
    assert_eq!(named.data_dir(Some(Path::new("flag"))), Path::new("flag"));
    assert_eq!(named.data_dir(None), Path::new("/named"));

    let home = settings(&[("HOME", "/home/a"), ("XDG_DATA_HOME", "relative")]);
    assert_eq!(home.default_data_dir(false), Path::new("/home/a/.local/share/tijian"));
    assert_eq!(home.default_data_dir(true), Path::new("/var/lib/tijian"));
    let xdg = settings(&[("HOME", "/home/a"), ("XDG_DATA_HOME", "/data")]);
    assert_eq!(xdg.default_data_dir(false), Path::new("/data/tijian"));
    assert_eq!(settings(&[]).default_data_dir(false), Path::new("/var/lib/tijian"));
}

#[test]
fn the_previous_site_key_has_a_variable_and_errors_of_its_own() {
    assert_eq!(settings(&[]).previous_site_key().unwrap_err(), SettingsError::SiteKeyPreviousMissing);
    let short = settings(&[("TIJIAN_SITE_KEY_PREVIOUS", "c2hvcnQ=")]).previous_site_key().unwrap_err();
    assert_eq!(short, SettingsError::SiteKeyPreviousForm);
    assert!(!short.to_string().contains("c2hvcnQ="));
    let key = settings(&[("TIJIAN_SITE_KEY_PREVIOUS", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]);
    assert_eq!(key.previous_site_key().unwrap().expose()[31], 31);
}

/// Invariant: No explanation contains a delivered value, and no `Debug` a secret.
#[test]
fn debug_output_holds_no_value() {
    let settings = settings(&[("SOME_KEY", "very-secret")]);
    assert_eq!(format!("{settings:?} {:?}", SiteKey::from_bytes([7; 32])), "Settings(..) SiteKey(..)");
}

#[test]
fn the_variables_of_s3_are_those_that_are_set_and_begin_so() {
    let settings =
        settings(&[("AWS_REGION", "here"), ("AWS_ENDPOINT_URL", ""), ("MY_AWS_REGION", "no"), ("HOME", "/")]);
    assert_eq!(settings.aws_variables().collect::<Vec<_>>(), [("AWS_REGION", "here")]);
}
