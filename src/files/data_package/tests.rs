//! Packages after each other, in folders of their own.

use serde_json::{Value, json};

use super::*;
use crate::files::samples::{ACCOUNT, Sample, history_row, instant, month_header, names_in, rows};
use crate::files::{MonthHeader, MonthlyDataset, MonthlyParquet};
use crate::rows::Cell;

const KEEP: TimeDelta = TimeDelta::hours(24);

fn month(text: &str) -> NaiveDate {
    format!("{text}-01").parse().unwrap()
}

/// A file of the month with these fees; none makes an empty month.
fn make(dir: &Path, of: &str, fees: &[i128]) -> NewMonth {
    let header = MonthHeader { check_month: month(of), ..month_header() };
    let mut file = MonthlyParquet::create(dir, header, &history_row().columns()).unwrap();
    let row = |fee: &i128| {
        let check_date = Cell::Date(format!("{of}-09").parse().unwrap());
        history_row().with("check_date", check_date).with("examination_fee", Cell::Fee(*fee))
    };
    file.write(&rows(&fees.iter().map(row).collect::<Vec<Sample>>())).unwrap();
    NewMonth { file: file.finish().unwrap(), is_alone: false }
}

fn header(delivery_id: i64, created: &str) -> PackageHeader {
    let (as_of, created) = ("2026-11-01T00:00:00Z".parse().unwrap(), created.parse().unwrap());
    PackageHeader { origin: month_header().origin, delivery_id, as_of, created }
}

fn publish(dir: &Path, created: &str, made: Vec<NewMonth>, kept: &[&str]) -> PublishedPackage {
    let kept: Vec<NaiveDate> = kept.iter().copied().map(month).collect();
    DataPackage::open(dir, ACCOUNT).unwrap().publish(&header(42, created), made, &kept, KEEP).unwrap()
}

fn export(dir: &Path, created: &str, made: Vec<NewMonth>, kept: &[&str]) -> Vec<ExportedFile> {
    publish(dir, created, made, kept).settle().unwrap()
}

fn descriptor(dir: &Path) -> Value {
    let path = dir.join("_snapshots/hangzhou-third/datapackage.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Paths that the package names.
fn named(dir: &Path) -> Vec<String> {
    let resources = descriptor(dir)["resources"].as_array().unwrap().clone();
    resources.iter().map(|resource| resource["path"].as_str().unwrap().to_owned()).collect()
}

/// How many files there are of a month, named by a package or not.
fn versions(dir: &Path, of: &str) -> usize {
    names_in(&folder(dir, ACCOUNT).join(format!("check_month={of}"))).len()
}

#[test]
fn package_says_whose_it_is_and_of_what_and_names_its_files_by_month() {
    let dir = tempfile::tempdir().unwrap();
    let made = vec![make(dir.path(), "2026-12", &[1, 2]), make(dir.path(), "2026-11", &[3])];
    let files = export(dir.path(), "2026-11-01T01:00:00Z", made, &[]);
    let found = descriptor(dir.path());
    for (key, expected) in [
        ("$schema", json!("https://datapackage.org/profiles/2.0/datapackage.json")),
        ("name", json!("hangzhou-third-history")),
        ("created", json!("2026-11-01T01:00:00Z")),
        ("account", json!("hangzhou-third")),
        ("dataset", json!("history")),
        ("delivery_id", json!(42)),
        ("as_of", json!("2026-11-01T00:00:00Z")),
        ("contract_sha256", json!("c0ffee")),
        ("tijian_version", json!(env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(found[key], expected, "{key}");
    }
    let resources = found["resources"].as_array().unwrap();
    let months: Vec<&Value> = resources.iter().map(|resource| &resource["check_month"]).collect();
    assert_eq!(months, ["2026-11", "2026-12"]);
    for (resource, file) in resources.iter().zip(files.iter().rev()) {
        let path = folder(dir.path(), ACCOUNT).join(resource["path"].as_str().unwrap());
        assert_eq!(fs::read(path).unwrap(), fs::read(&file.path).unwrap());
        assert_eq!(resource["hash"], format!("sha256:{}", file.sha256));
        assert_eq!((&resource["bytes"], &resource["rows"]), (&json!(file.bytes), &json!(file.rows)));
    }
    assert_eq!(files[1].path, dir.path().join("check_month=2026-11/hangzhou-third.parquet"));
    assert_eq!(names_in(&dir.path().join("check_month=2026-11")), ["hangzhou-third.parquet"]);
}

#[test]
fn fields_have_types_that_tools_know_and_both_languages() {
    let dir = tempfile::tempdir().unwrap();
    export(dir.path(), "2026-11-01T01:00:00Z", vec![make(dir.path(), "2026-11", &[3])], &[]);
    let found = descriptor(dir.path());
    let fields = found["resources"][0]["schema"]["fields"].as_array().unwrap();
    let of = |name: &str| fields.iter().find(|field| field["name"] == name).unwrap();
    for (name, kind) in [
        ("account", "string"),
        ("version", "integer"),
        ("delivery_id", "integer"),
        ("valid_from", "datetime"),
        ("check_date", "date"),
        ("is_current", "boolean"),
        ("examination_fee", "number"),
    ] {
        assert_eq!(of(name)["type"], kind, "{name}");
    }
    let expected = json!({
        "name": "pay_type", "type": "string", "title": "中pay_type", "description": "中pay_type | en:pay_type",
        "constraints": { "required": false }
    });
    assert_eq!(*of("pay_type"), expected);
    assert_eq!(of("account")["constraints"]["required"], true);
}

#[test]
fn superseded_files_stay_as_long_as_they_are_kept_from_when_they_left() {
    let dir = tempfile::tempdir().unwrap();
    let both = vec![make(dir.path(), "2026-11", &[1]), make(dir.path(), "2026-12", &[1])];
    export(dir.path(), "2026-11-01T00:00:00Z", both, &[]);
    let first = named(dir.path());
    export(dir.path(), "2026-11-20T00:00:00Z", vec![make(dir.path(), "2026-11", &[2])], &["2026-12"]);
    let second = named(dir.path());
    assert_eq!((second[1] == first[1], second[0] == first[0]), (true, false));
    assert_eq!(versions(dir.path(), "2026-11"), 2);
    // The file had been there for weeks when it left.
    export(dir.path(), "2026-11-20T23:59:59Z", vec![make(dir.path(), "2026-12", &[2])], &["2026-11"]);
    assert_eq!((versions(dir.path(), "2026-11"), versions(dir.path(), "2026-12")), (2, 2));
    export(dir.path(), "2026-11-21T00:00:00Z", vec![make(dir.path(), "2026-12", &[3])], &["2026-11"]);
    assert_eq!((versions(dir.path(), "2026-11"), versions(dir.path(), "2026-12")), (1, 3));
    assert_eq!(named(dir.path())[0], second[0]);
}

#[test]
fn month_that_is_to_be_alone_and_package_that_forgets_keep_nothing_older() {
    let dir = tempfile::tempdir().unwrap();
    let both = |fee| vec![make(dir.path(), "2026-11", &[fee]), make(dir.path(), "2026-12", &[fee])];
    export(dir.path(), "2026-11-01T00:00:00Z", both(1), &[]);
    let mut made = both(2);
    made[0].is_alone = true;
    let published = publish(dir.path(), "2026-11-01T00:00:01Z", made, &[]);
    assert_eq!(versions(dir.path(), "2026-11"), 2, "until the next package is in its place");
    published.settle().unwrap();
    assert_eq!((versions(dir.path(), "2026-11"), versions(dir.path(), "2026-12")), (1, 2));
    DataPackage::open(dir.path(), ACCOUNT).unwrap().forget_superseded().unwrap();
    assert_eq!((versions(dir.path(), "2026-11"), versions(dir.path(), "2026-12")), (1, 1));
    let path = |name: &String| folder(dir.path(), ACCOUNT).join(name);
    assert!(named(dir.path()).iter().all(|name| path(name).is_file()));
}

#[test]
fn month_that_everybody_left_is_in_no_package_and_has_no_file() {
    let dir = tempfile::tempdir().unwrap();
    export(dir.path(), "2026-11-01T00:00:00Z", vec![make(dir.path(), "2026-11", &[1])], &[]);
    for _ in 0..2 {
        let files = export(dir.path(), "2026-11-02T00:00:00Z", vec![make(dir.path(), "2026-11", &[])], &[]);
        let path = dir.path().join("check_month=2026-11/hangzhou-third.parquet");
        assert_eq!(files, [ExportedFile { path: path.clone(), rows: 0, bytes: 0, sha256: String::new() }]);
        assert!(!path.exists());
        assert_eq!(named(dir.path()), [""; 0]);
        assert_eq!(versions(dir.path(), "2026-11"), 1, "for who has read the package before");
    }
}

#[test]
fn package_has_what_it_names_as_long_as_it_is_there_whole() {
    let dir = tempfile::tempdir().unwrap();
    let files = export(dir.path(), "2026-11-01T00:00:00Z", vec![make(dir.path(), "2026-11", &[1])], &[]);
    let sha256 = &files[0].sha256;
    let open = || DataPackage::open(dir.path(), ACCOUNT).unwrap();
    assert!(open().has(month("2026-11"), sha256));
    assert!(!open().has(month("2026-12"), sha256));
    assert!(!open().has(month("2026-11"), "0123"));
    assert!(!DataPackage::open(dir.path(), "other").unwrap().has(month("2026-11"), sha256));
    let path = folder(dir.path(), ACCOUNT).join(&named(dir.path())[0]);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[1..]).unwrap();
    assert!(!open().has(month("2026-11"), sha256));
    fs::remove_file(&path).unwrap();
    assert!(!open().has(month("2026-11"), sha256));
}

#[test]
fn descriptor_of_somebody_else_names_nothing_and_leads_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    export(dir.path(), "2026-11-01T00:00:00Z", vec![make(dir.path(), "2026-11", &[1])], &[]);
    let outside = dir.path().join("outside");
    fs::write(&outside, "abc").unwrap();
    let changed = fs::metadata(&outside).unwrap().modified().unwrap();
    let path = dir.path().join("_snapshots/hangzhou-third/datapackage.json");
    for elsewhere in ["../../outside".to_owned(), outside.display().to_string()] {
        let mut found = descriptor(dir.path());
        found["resources"][0]["path"] = elsewhere.into();
        found["resources"][0]["bytes"] = 3.into();
        fs::write(&path, found.to_string()).unwrap();
        let sha256 = found["resources"][0]["hash"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
        assert!(!DataPackage::open(dir.path(), ACCOUNT).unwrap().has(month("2026-11"), &sha256));
        export(dir.path(), "2026-11-01T00:00:00Z", vec![make(dir.path(), "2026-11", &[1])], &[]);
        assert_eq!(fs::metadata(&outside).unwrap().modified().unwrap(), changed);
    }
    for text in ["", "{}", "[", "\u{0}", r#"{"resources":[{}]}"#] {
        fs::write(&path, text).unwrap();
        assert!(DataPackage::open(dir.path(), ACCOUNT).unwrap().resources.is_empty(), "{text}");
    }
    fs::write(&path, [0xFF, 0xFE]).unwrap();
    assert!(DataPackage::open(dir.path(), ACCOUNT).unwrap().resources.is_empty());
}

#[test]
fn accounts_share_a_folder_and_no_package() {
    let dir = tempfile::tempdir().unwrap();
    export(dir.path(), "2026-11-01T00:00:00Z", vec![make(dir.path(), "2026-11", &[1])], &[]);
    let before = descriptor(dir.path());
    let mut header = month_header();
    header.origin.account = "other".to_owned();
    let mut file = MonthlyParquet::create(dir.path(), header, &history_row().columns()).unwrap();
    file.write(&rows(&[history_row().with("account", Cell::Text("other"))])).unwrap();
    let made = vec![NewMonth { file: file.finish().unwrap(), is_alone: true }];
    let mut header = self::header(42, "2026-12-01T00:00:00Z");
    header.origin.account = "other".to_owned();
    let other = DataPackage::open(dir.path(), "other").unwrap();
    other.publish(&header, made, &[], TimeDelta::zero()).unwrap().settle().unwrap();
    DataPackage::open(dir.path(), "other").unwrap().forget_superseded().unwrap();
    assert_eq!(descriptor(dir.path()), before);
    assert_eq!(versions(dir.path(), "2026-11"), 1);
    let by_pattern = names_in(&dir.path().join("check_month=2026-11"));
    assert_eq!(by_pattern, ["hangzhou-third.parquet", "other.parquet"]);
}

#[test]
fn times_are_said_in_utc_as_exactly_as_they_are() {
    let said = |text: &str| instant(text).time().map(time).unwrap();
    assert_eq!(said("2026-11-01T00:00:00+08:00"), "2026-10-31T16:00:00Z");
    assert_eq!(said("2026-11-01T00:00:00.000001Z"), "2026-11-01T00:00:00.000001Z");
}

#[test]
fn daily_volumes_are_called_so() {
    assert_eq!(MonthlyDataset::DailyVolumes.name(), "daily_volumes");
    for dataset in [MonthlyDataset::History, MonthlyDataset::DailyVolumes] {
        let (zh, en) = dataset.title().split_once(" | ").unwrap();
        assert!(!zh.is_ascii() && en.is_ascii());
    }
}

#[test]
fn what_a_file_server_keeps_among_the_files_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    export(dir.path(), "2026-11-01T00:00:00Z", vec![make(dir.path(), "2026-11", &[100])], &[]);
    let folder = folder(dir.path(), ACCOUNT).join("check_month=2026-11");
    fs::create_dir(folder.join("@eaDir")).unwrap();
    fs::write(folder.join(".nfs0001"), "open elsewhere").unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("link")).unwrap();

    // Long after, so that everything that is unnamed is over.
    export(dir.path(), "2026-11-02T00:00:00Z", vec![make(dir.path(), "2026-11", &[200])], &[]);
    export(dir.path(), "2026-12-01T00:00:00Z", vec![make(dir.path(), "2026-11", &[300])], &[]);
    DataPackage::open(dir.path(), ACCOUNT).unwrap().forget_superseded().unwrap();
    assert_eq!(versions(dir.path(), "2026-11"), 4, "the newest file, and what is not ours");
}
