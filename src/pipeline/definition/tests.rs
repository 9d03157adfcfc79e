//! What a pipeline file may hold, and every problem that it may have.

use super::*;
use crate::pipeline::files::tests::{SMALL, folder};
use crate::pipeline::{
    CsvProfile, ExportDefinition, FinanceFolders, FinanceLayout, FinanceNames, SnapshotRhythm, TableFormat,
    TextEncoding, find_default, read_all,
};

/// The problems of one file, as displayed, without the folder's name.
fn problems(text: &str) -> Vec<String> {
    let folder = folder(&[("x.toml", text)]);
    let errors = Pipeline::read(&folder.path().join("x.toml")).unwrap_err().to_string();
    errors.replace(&format!("{}/", folder.path().display()), "").lines().map(str::to_owned).collect()
}

#[test]
fn what_the_file_leaves_out_has_the_documented_default() {
    let folder = folder(&[("small.toml", SMALL)]);
    let pipeline = Pipeline::read(&folder.path().join("small.toml")).unwrap();
    assert!(pipeline.enabled);
    assert_eq!(pipeline.platform.base_url, "https://platform.invalid/health");
    assert_eq!(pipeline.platform.request_body, RequestBody::Form { field: "data".to_owned() });
    let plain = RequestText { base64: Base64Alphabet::Standard, is_quoted: false };
    assert_eq!(pipeline.platform.request_text, plain);
    assert_eq!(pipeline.platform.encryption, Encryption::Required);
    assert_eq!(pipeline.platform.result_path, ResultPath::default());
    assert_eq!(pipeline.platform.timeout, Duration::from_secs(60));
    assert_eq!(pipeline.platform.attempts_max, 5);
    assert_eq!(pipeline.on_reject, OnReject::Hold);
    assert_eq!(pipeline.reject_max, None);
    assert_eq!(pipeline.landing.dir, Path::new("data/landing"));
    assert_eq!(pipeline.landing.keep_days, 400);
    assert_eq!(pipeline.exports, []);
    assert_eq!(*pipeline.contract, Contract::shipped());
}

#[test]
fn the_shipped_pipelines_are_right_and_disabled() {
    let files = find_default(Path::new("pipelines")).unwrap();
    assert_eq!(files, [Path::new("pipelines/demo.toml"), Path::new("pipelines/zheliban.toml")]);
    let pipelines = read_all(&files).unwrap();
    assert!(pipelines.iter().all(|pipeline| !pipeline.enabled && *pipeline.contract == Contract::shipped()));
    assert_eq!(pipelines[0].account, "demo");
    for pipeline in pipelines {
        let [
            ExportDefinition::History { include_identity, .. },
            ExportDefinition::DailyVolumes { .. },
            ExportDefinition::Finance { format, snapshot, .. },
        ] = &pipeline.exports[..]
        else {
            panic!("{:?}", pipeline.exports)
        };
        let excel = TableFormat::Csv { profile: CsvProfile::Excel, encoding: TextEncoding::Utf8 };
        let expected = match pipeline.account.as_str() {
            "demo" => (excel, SnapshotRhythm::Nightly),
            _ => (TableFormat::Xlsx, SnapshotRhythm::Monthly),
        };
        assert_eq!((*include_identity, (*format, *snapshot)), (false, expected));
    }
}

#[test]
fn every_problem_of_a_file_is_told_at_once_with_line_and_key() {
    let text = r#"version = 2
enabled = "yes"
account = "Third Hospital"
colour = "red"
[platform]
base_url = "http://platform.invalid"
api_key = "sk-very-secret"
secret = { env = "9-very-secret" }
request_body = "json"
form_field = " "
encryption = "maybe"
time_out_seconds = 60
timeout_seconds = "60s"
attempts_max = 21
[contract]
file = "contracts/missing.toml"
on_reject = "drop"
[landing]
dir = 7
keep_days = 0
[[export]]
kind = "history"
format = "csv"
profile = "excel"
[[export]]
kind = "finance"
format = "csv"
dir = "out"
profile = "fancy"
include_identity = true
[[export]]
kind = "reports"
"#;
    let expected = [
        "x.toml:1: version: must be 1, the version of this file's format, found 2",
        "x.toml:2: enabled: must be true or false, found \"yes\"",
        "x.toml:3: account: must be 1 to 63 characters of a-z, 0-9 and \"-\", beginning with a letter or a digit, found \"Third Hospital\"",
        "x.toml:4: colour: unknown key; known here: version, enabled, account, platform, contract, landing, quarantine, export",
        "x.toml:5: platform.aes_key: is missing: { env = \"NAME\" }, the environment variable that holds it",
        "x.toml:6: platform.base_url: must be https: http is for loopback addresses only (127.0.0.1, localhost), unless allow_http = true; \
         then the token is sent unencrypted, and nothing proves that it is the platform that answers",
        "x.toml:7: platform.api_key: must be { env = \"NAME\" }, the name of an environment variable: secrets stay out of files",
        "x.toml:8: platform.secret.env: must be the name of an environment variable: letters, digits and _, no digit first",
        "x.toml:9: platform.request_body: must be \"form\" or \"raw\", found \"json\"",
        "x.toml:10: platform.form_field: must be text that is not empty, found \" \"",
        "x.toml:11: platform.encryption: must be \"required\" or \"optional\", found \"maybe\"",
        "x.toml:12: platform.time_out_seconds: unknown key; did you mean timeout_seconds?",
        "x.toml:13: platform.timeout_seconds: must be a whole number from 1 to 3600, found \"60s\"",
        "x.toml:14: platform.attempts_max: must be a whole number from 1 to 20, found 21",
        "x.toml:16: contract.file: contracts/missing.toml: cannot be read: No such file or directory (os error 2)",
        "x.toml:17: contract.on_reject: must be \"hold\" or \"ack\", found \"drop\"",
        "x.toml:19: landing.dir: must be text that is not empty, found 7",
        "x.toml:20: landing.keep_days: must be a whole number from 1 to 36500, found 0",
        "x.toml:21: export[1].dir: is missing: the folder for the files",
        "x.toml:23: export[1].format: must be \"parquet\", found \"csv\"",
        "x.toml:24: export[1].profile: unknown key; known here: kind, dir, format, include_identity, keep_hours",
        "x.toml:29: export[2].profile: must be \"excel\" or \"machine\", found \"fancy\"",
        "x.toml:30: export[2].include_identity: unknown key; known here: kind, dir, format, profile, encoding, snapshot, snapshot_days, folders, names",
        "x.toml:31: export[3].dir: is missing: the folder for the files",
        "x.toml:31: export[3].format: is missing: \"parquet\" for history and daily_volumes, \"csv\" or \"xlsx\" for finance, \"html\" for report",
        "x.toml:32: export[3].kind: must be \"history\" or \"daily_volumes\" or \"finance\" or \"report\" or \"lake\", found \"reports\"",
    ];
    assert_eq!(problems(text), expected);
}

#[test]
fn answers_and_requests_may_have_other_forms() {
    let keys = "[platform]\nresult_path = \"data.list\"\nrequest_quotes = true\nrequest_base64 = \"url-safe\"";
    let folder = folder(&[("x.toml", &SMALL.replace("[platform]", keys))]);
    let platform = Pipeline::read(&folder.path().join("x.toml")).unwrap().platform;
    assert_eq!(platform.result_path, ResultPath::parse("data.list").unwrap());
    assert_eq!(platform.request_text, RequestText { base64: Base64Alphabet::UrlSafe, is_quoted: true });
    let keys = "[platform]\nresult_path = \"data.\"\nrequest_quotes = 1\nrequest_base64 = \"mime\"";
    let found = problems(&SMALL.replace("[platform]", keys));
    let expected = [
        "platform.result_path: must be 1 to 8 names of members separated by dots, like \"result.records\", found \"data.\"",
        "platform.request_quotes: must be true or false, found 1",
        "platform.request_base64: must be \"standard\" or \"url-safe\", found \"mime\"",
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert!(found.iter().zip(expected).all(|(found, expected)| found.ends_with(expected)), "{found:?}");
}

#[test]
fn syntax_errors_come_with_line_and_column_but_never_with_the_text() {
    let found = problems("version = 1\naccount = \"a\"\napi_key = very-secret\nsecret = \"very-secret\n");
    assert!(found[0].starts_with("x.toml:3: is not TOML, column 11: "), "{found:?}");
    assert!(found.iter().all(|line| !line.contains("very-secret")), "{found:?}");
}

#[test]
fn addresses_are_https_or_loopback_and_carry_nothing_else() {
    let read = |url: &str| problems_of_url(url).is_empty();
    for good in [
        "https://platform.invalid",
        "http://127.0.0.1:8999",
        "http://127.9.9.9",
        "http://[::1]:80/x",
        "http://localhost/",
    ] {
        assert!(read(good), "{good}");
    }
    for bad in [
        "http://platform.invalid",
        "http://localhost.platform.invalid",
        "http://10.0.0.1",
        "ftp://localhost",
        "platform",
        "https://user:very-secret@platform.invalid",
        "https://platform.invalid/?key=very-secret",
        "https://p.invalid/#a",
    ] {
        let found = problems_of_url(bad);
        assert_eq!(found.len(), 1, "{bad}: {found:?}");
        assert!(!found[0].contains("secret"), "{found:?}");
    }
}

fn problems_of_url(url: &str) -> Vec<String> {
    let folder = folder(&[("x.toml", &SMALL.replace("https://platform.invalid/health/", url))]);
    match Pipeline::read(&folder.path().join("x.toml")) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_lake_has_an_address_in_the_place_of_folder_and_format() {
    let parse = |exports: &str| {
        let text = include_str!("../../../pipelines/zheliban.toml").split("[[export]]").next().unwrap().to_owned();
        Pipeline::parse(Path::new("pipelines/x.toml"), &format!("{text}{exports}"))
    };
    let lake = |keys: &str| format!("[[export]]\nkind = \"lake\"\n{keys}\n");
    let url = |url: &str| crate::pipeline::LakeUrl::parse(url).unwrap();
    for (keys, expected, hours) in [
        ("url = \"s3://lake/a/\"", "s3://lake/a", 24),
        ("url = \"file:///srv/lake\"\nkeep_hours = 0", "file:///srv/lake", 0),
        ("url = \"file:///srv/lake\"\nkeep_hours = 8784", "file:///srv/lake", 8_784),
    ] {
        let exports = parse(&lake(keys)).unwrap().exports;
        assert_eq!(exports, [ExportDefinition::Lake { url: url(expected), keep_hours: hours }]);
        assert_eq!(exports[0].dir(), None);
    }
    for (keys, problem) in [
        ("", "export[1].url: is missing: where the lake is"),
        ("url = \"\"", "export[1].url: must be text that is not empty"),
        ("url = \"/srv/lake\"", "export[1].url: must be \"file:///folder\""),
        ("url = \"s3://key:planted@lake\"", "export[1].url: must be \"file:///folder\""),
        ("url = \"s3://lake\"\ndir = \"a\"", "export[1].dir: unknown key; known here: kind, url, keep_hours"),
        ("url = \"s3://lake\"\nformat = \"parquet\"", "export[1].format: unknown key"),
        ("url = \"s3://lake\"\nkeep_hours = 8785", "export[1].keep_hours: must be a whole number from 0 to 8784"),
    ] {
        let error = parse(&lake(keys)).unwrap_err().to_string();
        assert!(error.contains(problem) && !error.contains("planted"), "{error}");
    }
    let (one, same, other) = ("url = \"s3://lake/a\"", "url = \"s3://lake/a/\"", "url = \"s3://lake/b\"");
    assert!(
        parse(&format!("{}{}", lake(one), lake(same))).unwrap_err().to_string().contains("into the same folder as [1]")
    );
    assert_eq!(parse(&format!("{}{}", lake(one), lake(other))).unwrap().exports.len(), 2);
}

#[test]
fn superseded_parquet_files_stay_for_a_day_or_for_as_long_as_is_said() {
    let parse = |export: &str| {
        let text = include_str!("../../../pipelines/zheliban.toml").split("[[export]]").next().unwrap().to_owned();
        Pipeline::parse(Path::new("pipelines/x.toml"), &format!("{text}[[export]]\n{export}"))
    };
    let hours = |export: &str| match &parse(export).unwrap().exports[..] {
        [ExportDefinition::History { keep_hours, .. } | ExportDefinition::DailyVolumes { keep_hours, .. }] => {
            *keep_hours
        }
        exports => panic!("{exports:?}"),
    };
    for kind in ["history", "daily_volumes"] {
        let export = format!("kind = \"{kind}\"\nformat = \"parquet\"\ndir = \"out\"\n");
        assert_eq!(hours(&export), 24);
        for said in [0, 1, 8_784] {
            assert_eq!(hours(&format!("{export}keep_hours = {said}\n")), said);
        }
        let error = parse(&format!("{export}keep_hours = 8785\n")).unwrap_err().to_string();
        assert!(error.contains("keep_hours: must be a whole number from 0 to 8784, found 8785"), "{error}");
    }
    let finance = "kind = \"finance\"\nformat = \"csv\"\ndir = \"out\"\nkeep_hours = 24\n";
    assert!(parse(finance).unwrap_err().to_string().contains("keep_hours: unknown key"));
}

#[test]
fn two_exports_of_one_kind_need_two_folders() {
    let export = |dir| format!("[[export]]\nkind = \"finance\"\nformat = \"csv\"\ndir = \"{dir}\"\n");
    let history = "[[export]]\nkind = \"history\"\nformat = \"parquet\"\ndir = \"out\"\n";
    let found = problems(&[SMALL, &export("out"), history, &export("./out/")].concat());
    assert_eq!(found, ["x.toml:11: export: [3] writes the same kind of files into the same folder as [1]"]);
}

#[test]
fn a_workbook_has_no_profile_and_no_encoding() {
    let export = |options: &str| format!("[[export]]\nkind = \"finance\"\ndir = \"out\"\n{options}\n");
    let found = problems(&[SMALL, &export("format = \"xlsx\"\nprofile = \"excel\"\nencoding = \"gb18030\"")].concat());
    let expected = [
        "x.toml:15: export[1].profile: is for csv only: a workbook is always for people",
        "x.toml:16: export[1].encoding: is for csv only: a workbook states its own encoding",
    ];
    assert_eq!(found, expected);
    let found = problems(&[SMALL, &export("format = \"csv\"\nencoding = \"gbk\"")].concat());
    assert_eq!(found, ["x.toml:15: export[1].encoding: must be \"utf-8\" or \"gb18030\", found \"gbk\""]);
}

#[test]
fn what_the_history_and_money_rest_on_is_never_ignored() {
    let ignore = |list: &str| format!("{SMALL}ignore = {list}\n");
    let read = |list: &str| {
        let folder = folder(&[("x.toml", &ignore(list))]);
        let contract = Pipeline::read(&folder.path().join("x.toml")).unwrap().contract;
        Contract::clone(&contract)
    };
    let contract = read(r#"["updateTime", "mobile", "更新时间", "a b"]"#);
    assert_eq!(contract.ignore, ["a b", "mobile", "updateTime", "更新时间"].map(str::to_owned).into());
    assert_eq!(Contract { ignore: BTreeSet::new(), ..contract }, Contract::shipped());
    assert_eq!(read("[]"), Contract::shipped());
    for field in Field::ALL {
        let is_refused = field.is_essential() || field == Field::ExaminationFee;
        let text = ignore(&format!("[\"updateTime\", \"{field}\"]"));
        if !is_refused {
            assert!(read(&format!("[\"{field}\"]")).ignore.contains(field.name()));
            continue;
        }
        let found = problems(&text);
        let expected = match field {
            Field::ExaminationFee => "a change of the amount always makes a version",
            _ => "the history depends on it",
        };
        assert_eq!(found, [format!("x.toml:11: contract.ignore[2]: must not be {field}: {expected}")]);
    }
    let found = problems(&ignore(r#"["a", "", "b", "a", 7, "orderStatus", "b\u0000"]"#));
    let expected = [
        "x.toml:11: contract.ignore[2]: must be text that is not empty, found \"\"",
        "x.toml:11: contract.ignore[4]: is listed twice",
        "x.toml:11: contract.ignore[5]: must be text that is not empty, found 7",
        "x.toml:11: contract.ignore[6]: must not be orderStatus: the history depends on it",
        "x.toml:11: contract.ignore[7]: must not hold a control character",
    ];
    assert_eq!(found, expected);
    assert_eq!(problems(&ignore("\"a\"")), ["x.toml:11: contract.ignore: must be an array of names, found \"a\""]);
}

/// A pipeline with a finance export that says this, too.
fn finance(options: &str) -> String {
    let export = "[[export]]\nkind = \"finance\"\ndir = \"out\"\nformat = \"csv\"\n";
    [SMALL, export, options, "\n"].concat()
}

#[test]
fn snapshots_come_monthly_unless_it_is_said_otherwise() {
    for (options, expected) in [
        ("", SnapshotRhythm::Monthly),
        ("snapshot = \"monthly\"", SnapshotRhythm::Monthly),
        ("snapshot = \"nightly\"", SnapshotRhythm::Nightly),
        ("snapshot = \"never\"", SnapshotRhythm::Never),
    ] {
        let folder = folder(&[("x.toml", &finance(options))]);
        let pipeline = Pipeline::read(&folder.path().join("x.toml")).unwrap();
        let [ExportDefinition::Finance { snapshot, .. }] = &pipeline.exports[..] else { panic!("{options}") };
        assert_eq!(*snapshot, expected);
    }
    assert_eq!(
        problems(&finance("snapshot = \"weekly\"")),
        ["x.toml:15: export[1].snapshot: must be \"monthly\" or \"nightly\" or \"never\", found \"weekly\""]
    );
}

#[test]
fn finance_files_lie_flat_and_have_plain_names_unless_it_is_said_otherwise() {
    let flat = FinanceLayout { folders: FinanceFolders::Flat, names: FinanceNames::Ascii };
    for (options, expected) in [
        ("", (None, flat)),
        ("folders = \"flat\"\nnames = \"ascii\"", (None, flat)),
        ("folders = \"monthly\"", (None, FinanceLayout { folders: FinanceFolders::Monthly, ..flat })),
        ("names = \"zh\"\nsnapshot_days = 1", (Some(1), FinanceLayout { names: FinanceNames::Chinese, ..flat })),
        ("snapshot_days = 36500", (Some(36_500), flat)),
    ] {
        let folder = folder(&[("x.toml", &finance(options))]);
        let pipeline = Pipeline::read(&folder.path().join("x.toml")).unwrap();
        let [ExportDefinition::Finance { snapshot_days, layout, .. }] = &pipeline.exports[..] else {
            panic!("{options}")
        };
        assert_eq!((*snapshot_days, *layout), expected, "{options}");
    }
    for (options, expected) in [
        ("folders = \"daily\"", "folders: must be \"flat\" or \"monthly\", found \"daily\""),
        ("names = \"en\"", "names: must be \"ascii\" or \"zh\", found \"en\""),
        ("snapshot_days = 0", "snapshot_days: must be a whole number from 1 to 36500, found 0"),
        ("snapshot_days = 36501", "snapshot_days: must be a whole number from 1 to 36500, found 36501"),
    ] {
        assert_eq!(problems(&finance(options)), [format!("x.toml:15: export[1].{expected}")]);
    }
}
