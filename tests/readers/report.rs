//! The report page in a real Chromium: it asks nobody for anything, filters change its figures, and they are SQL's.
//!
//! Invariant: The page fetches nothing, and data in it is never executed.

mod filters;
mod sizes;

use std::path::{Path, PathBuf};

use chrono::{TimeDelta, Utc};
use serde_json::Value;
use tijian::simulator::{GeneratorOptions, SimulatorOptions};

use crate::python::run_script;
use crate::support::{Hospital, TestDatabase, record};

const SCRIPT: &str = "open_report_with_chromium.py";

const HISTORY: &str = "warehouse.reservation_versions";

/// Three weeks of nights up to today, so that the page has a past, a today and coming weeks.
async fn hospital() -> Hospital {
    let generator =
        GeneratorOptions { reservations: 900, new_per_night: 40, changes: 0.3, defects: 0.02, ..Default::default() };
    let starts_at = Utc::now() - TimeDelta::days(20);
    let options = SimulatorOptions { generator, starts_at, ..Default::default() };
    let hospital = Hospital::of(TestDatabase::create().await, "demo", options).await;
    for _ in 0..20 {
        hospital.run_well().await;
        hospital.simulator.advance_night();
    }
    hospital
}

fn report(hospital: &Hospital, options: &[&str]) -> PathBuf {
    let page = hospital.dir.path().join("report.html");
    hospital.command(&[&["report", "--out", page.to_str().unwrap()], options].concat()).expect(0);
    page
}

/// What the browser saw; nothing but the page was asked for, and nobody complained.
#[track_caller]
fn look(what: &str, page: &Path, more: &[&Path]) -> Value {
    let seen = run_script(SCRIPT, &[&[Path::new(what), page], more].concat());
    let requests = seen["requests"].as_array().unwrap();
    let file = format!("file://{}", page.display());
    let is_page = |request: &Value| request.as_str().unwrap().split('#').next() == Some(&file);
    assert!(!requests.is_empty() && requests.iter().all(is_page), "{requests:?}");
    assert_eq!(seen["messages"], serde_json::json!([]));
    seen
}

/// A number as it is meant: without what only makes it readable.
fn plain(text: &Value) -> String {
    let text = text.as_str().unwrap();
    text.chars().filter(|letter| letter.is_ascii_digit() || ".-/".contains(*letter)).collect()
}

/// Key figures by SQL over the history itself, of check dates and days from `first` to `last`, of one hospital or all.
async fn figures(
    database: &TestDatabase,
    first: &str,
    last: &str,
    hospital: Option<&str>,
) -> Vec<(&'static str, String)> {
    let hospital = hospital.map_or("true".to_owned(), |code| format!("hospital_code = '{code}'"));
    let of_dates = format!("valid_to = 'infinity' and {hospital} and check_date between '{first}' and '{last}'");
    let day = "(valid_from at time zone 'Asia/Shanghai')::date";
    let of_days = format!("{hospital} and {day} between '{first}' and '{last}'");
    let history = HISTORY;
    let questions = [
        ("reservations", format!("select count(*)::text from {history} where order_status <> '5' and {of_dates}")),
        (
            "cancel_rate",
            format!("select round(100.0 * count(*) filter (where order_status = '5') / count(*), 1)::text from {history} where {of_dates}"),
        ),
        ("fee_total", format!("select sum(examination_fee)::text from {history} where order_status <> '5' and {of_dates}")),
        (
            "fee_average",
            format!("select round(sum(examination_fee) / count(*), 2)::text from {history} where order_status <> '5' and {of_dates}"),
        ),
        (
            "changes_key",
            format!(
                "select concat_ws('/', count(*) filter (where change = 'rescheduled'), count(*) filter (where change = 'cancelled'))
                from {history} where {of_days}"
            ),
        ),
        (
            "lead_average",
            format!(
                "select round(avg(greatest(check_date - booked_date, 0)), 1)::text
                from {history} as versions
                cross join lateral (
                    select (booked.valid_from at time zone 'Asia/Shanghai')::date as booked_date, booked.delivery_id as first_delivery
                    from {history} as booked
                    where booked.serial_number = versions.serial_number and booked.version = 1
                ) as booked
                where order_status <> '5' and {of_dates} and first_delivery > (select min(delivery_id) from {history})"
            ),
        ),
    ];
    let mut answers = Vec::new();
    for (figure, sql) in questions {
        answers.push((figure, database.lines(&sql).await.remove(0)));
    }
    answers
}

/// `name|count` of a section's table, without its heading and its sum.
fn rows(shown: &Value, section: &str) -> Vec<String> {
    let rows = shown["tables"][section].as_array().unwrap();
    let named = rows[1..].iter().filter(|row| row[0] != "合计");
    let mut lines: Vec<String> = named.map(|row| format!("{}|{}", row[0].as_str().unwrap(), plain(&row[1]))).collect();
    lines.sort();
    lines
}

#[track_caller]
fn assert_figures(shown: &Value, expected: &[(&str, String)]) {
    for (figure, value) in expected {
        assert_eq!(plain(&shown["figures"][figure]), *value, "{figure}: {}", shown["selection"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_those_of_sql_whatever_is_selected() {
    let hospital = hospital().await;
    let database = &hospital.database;
    // So that every figure is there to be compared; what is left out, tests of the page itself know.
    database
        .lines("with lowered as (update mart.privacy set min_cell = 1 returning 1) select count(*)::text from lowered")
        .await;
    let page = report(&hospital, &[]);
    let seen = look("figures", &page, &[]);

    let [start, end] = ["1900-01-01", "2900-01-01"];
    let everything = figures(database, start, end, None).await;
    assert_figures(&seen["all"], &everything);
    assert!(seen["all"]["charts"].as_u64() == Some(13), "{}", seen["all"]["charts"]);

    // One hospital, chosen by keyboard.
    let code = seen["chosen_hospital"].as_str().unwrap().split_once('/').unwrap().1;
    let of_hospital = figures(database, start, end, Some(code)).await;
    assert_figures(&seen["hospital"], &of_hospital);
    assert_ne!((&everything[0], &everything[2]), (&of_hospital[0], &of_hospital[2]));

    // This month and all that follow.
    let [month, _] = [0, 1].map(|at| seen["period"][at].as_str().unwrap());
    let today = (Utc::now() + TimeDelta::hours(8)).date_naive();
    assert_eq!(month, today.format("%Y-%m").to_string());
    let first = format!("{month}-01");
    let (first, last) = (first.as_str(), end);
    assert_figures(&seen["hospital_and_period"], &figures(database, first, last, Some(code)).await[..3]);
    assert_figures(&seen["period_only"], &figures(database, first, last, None).await[..3]);
    assert_figures(&seen["weekly"], &figures(database, first, last, None).await[..3]);

    // Tables change along.
    for (section, column) in
        [("packages", "hospital_package_name"), ("channels", "data_sources"), ("hospitals", "hospital_name")]
    {
        for (shown, first, last) in [(&seen["all"], start, end), (&seen["period_only"], first, last)] {
            let sql = format!(
                "select concat_ws('|', {column}, count(*)) collate \"C\" from warehouse.reservation_versions
                where valid_to = 'infinity' and order_status <> '5' and check_date between '{first}' and '{last}'
                group by {column} order by 1"
            );
            assert_eq!(rows(shown, section), database.lines(&sql).await, "{section}");
        }
    }
    let received = "select concat_ws('/', sum(rejected), sum(received)) from etl.deliveries";
    assert_eq!([plain(&seen["all"]["notes"]["rejected_share"])], database.lines(received).await[..]);

    // One package by itself, a sorted table, and its file.
    let sections = ["volumes", "fees", "hospitals"];
    assert_eq!(seen["sections"], serde_json::json!(sections));
    assert_ne!(seen["package"]["figures"]["reservations"], seen["period_only"]["figures"]["reservations"]);
    let column: Vec<i64> = seen["sorted"].as_array().unwrap().iter().map(|cell| plain(cell).parse().unwrap()).collect();
    assert!(column.len() > 1 && column.is_sorted_by(|one, other| one >= other), "{column:?}");
    let file = seen["file"].as_str().unwrap();
    assert!(file.starts_with('\u{feff}') && file.ends_with("\r\n"), "{file}");
    for line in rows(&seen["period_only"], "packages") {
        let (name, count) = line.split_once('|').unwrap();
        assert!(file.contains(&format!("\r\n\"{name}\",{count},")), "{line}: {file}");
    }

    // A bar tells its numbers.
    let tip = seen["hover"].as_str().expect("the mouse finds a bar that tells its numbers");
    let mut told = tip.lines().map(str::trim).filter(|line| !line.is_empty());
    let day = &told.next().unwrap()[..10];
    let numbers: Vec<&str> =
        told.filter(|line| line.chars().all(|letter| letter.is_ascii_digit() || letter == ',')).collect();
    let sql = format!(
        "select coalesce(sum(case when order_status = code then 1 else 0 end), 0)::text
        from (values ('1'), ('2'), ('5')) as statuses (code)
        left join warehouse.reservation_versions as versions
            on valid_to = 'infinity' and check_date = date '{day}'
        group by code order by code"
    );
    assert_eq!(numbers, database.lines(&sql).await, "{tip}");

    // Language, address, keyboard, names, contrast.
    let english = &seen["english"];
    assert_eq!((&seen["all"]["language"], &english["language"]), (&Value::from("zh-CN"), &Value::from("en")));
    assert_eq!(english["figures"]["reservations"], seen["weekly"]["figures"]["reservations"]);
    let words = english["words"].as_str().unwrap();
    assert!(words.contains("Reservations by check date") && !words.contains("体检日预约量"), "{words}");
    assert_eq!(&seen["by_address"], english);
    assert_eq!(seen["stored"], serde_json::json!(["", 0, 0]));
    let order: Vec<&str> = seen["order"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(order[..9], ["skip", "language", "preset", "from", "to", "hospital", "by", "step", "print"]);
    assert!(order.contains(&"table"), "{order:?}");
    assert_eq!((&seen["unnamed"], &seen["faint"]), (&serde_json::json!([]), &serde_json::json!([])));
    database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_prints_on_a4_with_whole_charts_and_the_selection_in_words() {
    let hospital = hospital().await;
    let page = report(&hospital, &[]);
    let pdf = hospital.dir.path().join("report.pdf");
    let seen = look("paper", &page, &[&pdf]);
    let pages = seen["pages"].as_array().unwrap();
    assert!((3..=9).contains(&pages.len()), "{}", pages.len());
    for page in pages {
        // A4 in points, as the printer rounds it; and no page without words.
        let [width, height] = [0, 1].map(|at| page["size"][at].as_f64().unwrap());
        assert!((width - 595.3).abs() < 1.0 && (height - 841.9).abs() < 1.0, "{width} × {height}");
        assert!(page["text"].as_str().unwrap().trim().len() > 100, "{page}");
    }
    let dense = |text: &Value| text.as_str().unwrap().split_whitespace().collect::<String>();
    let first = dense(&pages[0]["text"]);
    assert!(first.contains(&dense(&seen["shown"]["selection"])), "{first}");
    assert!(first.contains(&dense(&seen["shown"]["figures"]["fee_total"])), "{first}");
    for cut in ["cut_off", "overlaps", "after"] {
        assert_eq!(seen[cut], serde_json::json!([]), "{cut}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_cut_off_from_phone_to_desktop() {
    let hospital = hospital().await;
    let seen = look("widths", &report(&hospital, &[]), &[]);
    for width in [390, 768, 1280, 1920] {
        for language in ["zh", "en"] {
            let expected = serde_json::json!({ "scrolls": width, "cut_off": [], "overlaps": [] });
            assert_eq!(seen[format!("{width} {language}")], expected, "{width} {language}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_warehouse_and_an_empty_period_say_so_kindly() {
    let hospital = Hospital::new().await;
    let seen = look("nothing", &report(&hospital, &[]), &[]);
    for (language, said) in
        [("chinese", "仓库里还没有预约数据"), ("english", "There are no reservations in the warehouse yet")]
    {
        let words = seen[language]["words"].as_str().unwrap();
        assert!(words.contains(said) && !words.contains("NaN"), "{words}");
        assert_eq!(seen[language]["charts"], 0);
    }
    // Its data is of January and February 2026.
    hospital.simulator.insert_records(vec![crate::support::record("A-1", "")]);
    hospital.run_well().await;
    let seen = look("nothing", &report(&hospital, &["--from", "2025-01-01", "--to", "2025-02-01"]), &[]);
    let words = seen["chinese"]["words"].as_str().unwrap();
    assert!(words.contains("该期间没有数据") && words.contains("--from 2026-02-03 --to 2026-02-03"), "{words}");
    assert_eq!(seen["english"]["charts"], 0);
}

/// Nobody is told of a hospital's few people how many cancelled: neither is the page to say that none did.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_withheld_is_a_dash_and_no_wrong_number() {
    let hospital = Hospital::new().await;
    let person = |number: u32, place: &str, date: &str, status: u8| {
        let document = format!(
            r#""cardType":3,"idcard":"W{number:07}","hospitalCode":"{place}","hospitalName":"{place}号","checkDate":"{date}",
            "orderStatus":{status}"#
        );
        record(&format!("W-{number}"), &document)
    };
    // Three people in a month; and nine in another hospital's month, but three a day.
    let mut records: Vec<String> =
        (0..3).map(|number| person(number, "200003", "2026-02-03", if number == 0 { 5 } else { 1 })).collect();
    for (day, date) in (1..).zip(["2026-03-03", "2026-03-04", "2026-03-05"]) {
        let status = if day < 3 { 5 } else { 1 };
        records.push(person(day * 10, "200009", date, status));
        records.extend((1..3).map(|number| person(day * 10 + number, "200009", date, 1)));
    }
    hospital.simulator.insert_records(records);
    hospital.run_well().await;
    let seen = look("nothing", &report(&hospital, &["--from", "2026-02-01", "--to", "2026-03-31"]), &[]);
    let shown = &seen["chinese"];
    // Two of the nine; of the first hospital two stand, and nothing else is known.
    assert_eq!((&shown["figures"]["reservations"], &shown["figures"]["cancel_rate"]), (&"9".into(), &"22.2%".into()));
    assert_eq!(shown["notes"]["cancel_rate"], "2 / 9 单已取消；另有 2 单所在机构当月不列取消数");
    let of = |section: &str, name: &str| -> Vec<String> {
        let rows = shown["tables"][section].as_array().unwrap();
        let row = rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{section} {name}: {rows:?}"));
        row.as_array().unwrap()[1..].iter().map(|cell| cell.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of("hospitals", "200003号")[..2], ["2", "–"]);
    assert_eq!(of("hospitals", "200009号")[..2], ["7", "22.2%"]);
    assert_eq!(of("hospitals", "合计")[..2], ["9", "22.2%"]);
    assert_eq!(of("volumes", "合计")[..3], ["9", "–", "22.2%"]);
    let volumes = shown["tables"]["volumes"].as_array().unwrap();
    assert!(volumes[1..volumes.len() - 1].iter().all(|row| row[2] == "–" && row[3] == "–"), "{volumes:?}");
    assert_eq!(of("channels", "合计")[2..], ["–", "22.2%"]);
    // No day tells of a cancelled one, and none is lost.
    assert_eq!(of("statuses", "未列状态")[0], "9");
    assert_eq!(of("statuses", "已取消")[0], "2");
    assert_eq!(of("statuses", "合计")[0], "11");
}

/// A record by its number alone, always the same: one of so many hospitals, packages, channels, ages and states.
fn varied(number: u64, hospitals: u64, check_date: chrono::NaiveDate) -> String {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d;
    let mut below = |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) % bound
    };
    let place = below(hospitals).min(below(hospitals));
    let package = below(24).min(below(24));
    let channel = ["益往健康", "浙里办", "微信公众号", "支付宝", "单位团检", "现场"][below(6).min(below(6)) as usize];
    let status = [1, 1, 1, 1, 2, 2, 5][below(7) as usize];
    record(
        &format!("V-{number:06}"),
        &format!(
            r#""idcard":"MADE-UP-{number:06}","checkDate":"{check_date}","orderStatus":{status},"sexCode":{sex},
            "hospitalCode":"3301{place:03}","hospitalName":"杭州市西湖区第{place}人民医院健康管理与体检中心",
            "hospitalPackageId":"P{package}","hospitalPackageName":"入职体检{package}号套餐（含胸部低剂量CT与颈动脉彩超）",
            "dataSources":"{channel}","birthdate":"{year}-06-15","examinationFee":{fee}.50"#,
            sex = 1 + below(2),
            year = 1940 + below(65),
            fee = 100 + 50 * package + below(40),
        ),
    )
}

/// A night of those records, at noon of a day in Hangzhou.
async fn night(hospital: &Hospital, day: chrono::NaiveDate, records: Vec<String>) {
    hospital.simulator.set_timestamp(Some(day.and_hms_opt(4, 0, 0).unwrap().and_utc().timestamp_millis()));
    hospital.simulator.insert_records(records);
    hospital.run_well().await;
}
