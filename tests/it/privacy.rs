//! Personal data goes when it must: past its days, and on a person's request.

mod spellings;

use crate::support::{Ended, Hospital, end_after_input, marked_record, record};

/// The marked person's document.
const NUMBER: &str = "11010519491231002X";

/// `tijian erase` as the schema's owner, with the number as standard input has it.
fn erase(hospital: &Hospital, number: &str, options: &[&str]) -> Ended {
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1"]).args(options);
    end_after_input(command, number)
}

/// Every row of every table, as PostgreSQL shows it.
pub async fn whole_database(hospital: &Hospital) -> String {
    let tables = hospital
        .database
        .lines(
            "select format('%I.%I', schemaname, tablename) from pg_tables
            where schemaname in ('etl', 'warehouse', 'mart', 'finance', 'replay') order by 1",
        )
        .await;
    assert!(tables.len() > 10, "{tables:?}");
    let mut rows = Vec::new();
    for table in tables {
        rows.extend(hospital.database.lines(&format!("select t::text from {table} as t")).await);
    }
    rows.join("\n")
}

/// What must stay as it is, whoever is erased.
async fn counts(hospital: &Hospital) -> Vec<String> {
    let mut counts = hospital.database.versions().await;
    for query in [
        "select format('%s %s %s', check_date, sum(reservations), sum(people)) from mart.daily_volumes group by 1, check_date",
        "select format('%s %s', serial_number, amount) from finance.entries order by entry_number",
        "select format('people %s', count(distinct person_id)) from warehouse.reservation_versions",
    ] {
        let query = query.replace("group by 1, check_date", "group by check_date order by check_date");
        counts.extend(hospital.database.lines(&query).await);
    }
    counts
}

async fn hospital() -> Hospital {
    let mut hospital = Hospital::new().await;
    hospital.redefine(|text| text.replacen("format = \"parquet\"", "format = \"parquet\"\ninclude_identity = true", 1));
    hospital.simulator.insert_records(vec![
        marked_record("M-1", ""),
        marked_record("M-2", r#""checkDate":"2026-03-04""#),
        record("OTHER", r#""name":"李四","idcard":"11010519491231010X","mobile":"13800000001""#),
        // Refused, of the same person: a length, and a number in the wrong field.
        marked_record("M-3", r#""mobile":"13912345678901234567890""#),
        record("M-4", &format!(r#""idcard":"1","name":"{}","checkDate":"never""#, NUMBER.to_lowercase())),
    ]);
    hospital.night(&[]).expect(3);
    hospital.simulator.insert_records(vec![marked_record("M-1", r#""checkDate":"2026-02-05""#)]);
    hospital.night(&[]).expect(3);
    hospital
}

/// Invariant: An erased person is found nowhere, and all counts stay correct.
/// Held by: one transaction per account; a random successor of `person_id` and of the fingerprints.
#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_stands_nowhere_and_all_counts_stay_true() {
    let hospital = hospital().await;
    let before = counts(&hospital).await;
    assert!(whole_database(&hospital).await.contains("标记姓名"));

    let erased =
        erase(&hospital, &format!(" {}\n", NUMBER.to_lowercase()), &["--confirm", "--output", "json"]).expect(0);
    let account = &erased.json()["accounts"][0];
    for (name, expected) in [("reservations", 2), ("versions", 3), ("rejections", 2), ("erasure_id", 1)] {
        assert_eq!(account[name], expected, "{name}: {account}");
    }

    let everything = whole_database(&hospital).await;
    for gone in ["标记姓名", "MARKED-CARD", NUMBER, &NUMBER.to_lowercase(), "13912345678", "MARKED-EXTRA"] {
        assert!(!everything.contains(gone), "{gone} is left");
        assert!(!format!("{erased:?}").contains(gone), "{gone} is said");
    }
    // Nor in the quarantine, where nothing of it could be read before, either.
    let sealed = "select serial_number from etl.rejections where sealed_record is not null";
    assert_eq!(hospital.database.lines(sealed).await, [] as [&str; 0]);
    for stays in ["李四", "11010519491231010X", "13800000001"] {
        assert!(everything.contains(stays), "{stays} is another person's");
    }
    assert_eq!(counts(&hospital).await, before);
    let birthdays =
        "select distinct birthdate::text from warehouse.reservation_versions where serial_number like 'M-%'";
    assert_eq!(hospital.database.lines(birthdays).await, ["1949-01-01"]);
    let log = "select format('%s %s %s', account, action, subject_id) from etl.access_log where action = 'erase'";
    assert_eq!(hospital.database.lines(log).await, ["demo erase 1"]);

    // The files that named the person are owed again, the others are not.
    let made = hospital.command(&["export", hospital.pipeline_file.to_str().unwrap()]).expect(0).stdout;
    let months = ["2026-02", "2026-03"].map(|month| format!("check_month={month}"));
    assert_eq!(made.lines().count(), 2, "{made}");
    for (line, month) in made.lines().zip(&months) {
        assert!(line.contains(month), "{made}");
        let rows = format!("{:?}", crate::support::parquet_contents::read(std::path::Path::new(line)).rows);
        assert!(!rows.contains("标记姓名") && !rows.contains(NUMBER), "{rows}");
    }

    // Again, there is nobody to be found.
    let again = erase(&hospital, NUMBER, &["--confirm"]).expect(0);
    assert_eq!(again.stdout, "demo: no data of this person\n");
    assert_eq!(hospital.database.lines(log).await.len(), 1);
    hospital.database.assert_sound().await;

    // Nights go on: what is delivered later is loaded as it comes.
    hospital.simulator.insert_records(vec![record("M-1", r#""orderStatus":5"#)]);
    hospital.night(&[]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_goes_from_the_inbox_of_arrivals_and_no_arrival_is_lost() {
    let hospital = hospital().await;
    let insert = format!(
        "insert into etl.arrival_inbox (account, serial_number, submitted_at) values
        ('demo', 'M-1', now()), ('demo', 'OTHER', now()), ('demo', 'M-3', now() - interval '8 days'),
        ('demo', '{NUMBER}', now() - interval '8 days'), ('demo', 'M-5', now() - interval '8 days'),
        ('demo', 'no. {}', now()), ('mistyped', '{NUMBER}', now())",
        NUMBER.to_lowercase()
    );
    hospital.database.client.batch_execute(&insert).await.unwrap();
    let pipeline = hospital.pipeline_file.to_str().unwrap();
    hospital.command(&["arrive", pipeline]).expect(3);
    let coming = "insert into etl.arrival_inbox (account, serial_number) values ('demo', 'M-2')";
    hospital.database.client.batch_execute(coming).await.unwrap();

    let erased = erase(&hospital, NUMBER, &["--confirm", "--output", "json"]).expect(0).json();
    let rows: Vec<_> = erased["accounts"].as_array().unwrap().iter().map(|account| &account["inbox_rows"]).collect();
    assert_eq!(rows, [4, 1], "{erased}");
    let everything = whole_database(&hospital).await.to_uppercase();
    assert!(!everything.contains(NUMBER), "the number is left");
    let inbox = "select concat_ws(' ', serial_number, state) from etl.arrival_inbox order by inbox_id";
    let stays = ["OTHER taken", "M-5 refused", "M-2 open"];
    assert_eq!(
        hospital.database.lines(inbox).await,
        stays,
        "another's, an unknown one's, and what is still to be told"
    );

    hospital.command(&["arrive", pipeline]).expect(0);
    let told: Vec<String> = hospital.simulator.arrivals().into_iter().map(|arrival| arrival.serial_number).collect();
    assert_eq!(told, ["M-1", "OTHER", "M-2"]);
    let again = erase(&hospital, NUMBER, &["--confirm"]).expect(0);
    assert_eq!(again.stdout, "demo: no data of this person\n");
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_erased_without_confirmation_or_by_another_key_or_for_nobody() {
    let hospital = hospital().await;
    let before = whole_database(&hospital).await;

    let counted = erase(&hospital, NUMBER, &[]).expect(2);
    assert_eq!(
        counted.stdout,
        "demo: would erase from 2 reservations, 3 versions, 2 quarantined records, 0 rows of the arrival inbox\n"
    );
    assert_eq!(
        erase(&hospital, NUMBER, &["--lang", "zh"]).expect(2).stdout,
        "demo：将删除个人身份，涉及 2 个预约、3 个版本、2 条隔离记录、0 行到检收件箱\n"
    );
    assert!(counted.stderr.contains("--confirm"), "{}", counted.stderr);
    erase(&hospital, "\n", &["--confirm"]).expect(2);
    let nobody = erase(&hospital, "110105194912310999", &["--confirm"]).expect(0);
    assert_eq!(nobody.stdout, "demo: no data of this person\n");
    let mut other_key = hospital.tijian();
    other_key.args(["erase", "--card-type", "1", "--confirm"]);
    other_key.env("DATABASE_URL", &hospital.database.owner_url);
    other_key.env("TIJIAN_SITE_KEY", "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=");
    end_after_input(other_key, NUMBER).expect(2);

    // The login of the nights may look for a person, and take nobody away.
    let mut loader = hospital.tijian();
    loader.args(["erase", "--card-type", "1", "--confirm"]);
    let refused = end_after_input(loader, NUMBER).expect(1);
    assert!(refused.stderr.contains("because: permission denied for table erasures"), "{}", refused.stderr);
    assert!(refused.stderr.contains("what to do: `tijian erase` is for the schema's owner"), "{}", refused.stderr);

    assert_eq!(whole_database(&hospital).await, before);
}

/// Invariant: Only expired data is removed: nothing while clocks differ, and never the newest deliveries or a refused
/// record that still comes.
/// Held by: names and times, compared with the pipeline's `keep_days`; machine, database and platform, compared with
/// each other.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_past_its_days_goes_and_what_is_not_stays() {
    let hospital = hospital().await;
    let pipeline = hospital.pipeline_file.to_str().unwrap();
    let deliveries = || hospital.files().iter().filter(|file| file.ends_with(".delivery")).count();
    let nothing = hospital.command(&["retain", pipeline]).expect(0);
    assert_eq!(nothing.stdout, "demo: removed 0 deliveries, 0 quarantined records\n");
    let chinese = hospital.command(&["retain", "--lang", "zh", pipeline]).expect(0);
    assert_eq!(chinese.stdout, "demo：已清理 0 个取数批次、0 条隔离记录\n");

    // One record and one delivery become old.
    hospital
        .database
        .client
        .batch_execute(
            "update etl.rejections set last_seen_at = now() - interval '401 days', last_delivery_id = first_delivery_id
                where serial_number = 'M-3';
            update etl.deliveries set platform_at = now()",
        )
        .await
        .unwrap();
    let landing = hospital.dir.path().join("landing/demo");
    std::fs::write(landing.join("20240101T000000.000Z-1-1.delivery"), "old").unwrap();
    let before = deliveries();
    let removed = hospital.command(&["retain", "--output", "json", pipeline]).expect(0);
    assert_eq!(
        removed.json(),
        serde_json::json!({ "accounts": { "demo": { "deliveries": 1, "records": 1, "inbox_rows": 0, "snapshots": 0 } } })
    );
    assert_eq!(deliveries(), before - 1);
    assert_eq!(hospital.database.lines("select serial_number from etl.rejections").await, ["M-4"]);
    hospital.command(&["retain", pipeline]).expect(0);
    hospital.database.assert_sound().await;
}

/// Invariant: A look at a quarantined record is logged before the record is shown.
/// Held by: one insert, which the login cannot take back.
#[tokio::test(flavor = "multi_thread")]
async fn a_quarantined_record_is_listed_without_its_values_and_shown_on_record() {
    let hospital = hospital().await;
    let list = |options: &[&str]| {
        let mut command = hospital.tijian();
        command.args(["quarantine", "list", "--output", "json"]).args(options);
        end_after_input(command, "").expect(0).json()["rejections"].as_array().unwrap().clone()
    };
    let mut all = list(&[]);
    // Of one delivery, so of one time; their numbers are in no order.
    all.sort_by_key(|rejection| rejection["serial_number"].to_string());
    let serial_numbers: Vec<_> = all.iter().map(|rejection| rejection["serial_number"].as_str().unwrap()).collect();
    assert_eq!(serial_numbers, ["M-3", "M-4"]);
    assert_eq!(all[0]["reasons"][0]["field"], "mobile");
    assert_eq!(list(&["--field", "mobile", "--rule", "max_characters"]).len(), 1);
    assert_eq!(list(&["--field", "mobile", "--rule", "required"]).len(), 0);
    assert_eq!(list(&["--account", "demo", "--older-than-days", "1"]).len(), 0);
    assert_eq!(list(&["--account", "nobody"]).len(), 0);
    assert_eq!(list(&["--limit", "1"]).len(), 1);
    let text = hospital.command(&["quarantine", "list"]).expect(0).stdout;
    assert!(text.contains("M-3") && text.contains("mobile: "), "{text}");
    assert!(!text.contains("13912345678") && !format!("{all:?}").contains("标记姓名"), "{text}");

    let log = "select format('%s %s %s %s', account, action, subject_id, operator <> '') from etl.access_log
        where action <> 'identity_export'";
    assert_eq!(hospital.database.lines(log).await, Vec::<String>::new());
    let id = all[0]["rejection_id"].to_string();
    let shown = hospital.command(&["quarantine", "show", &id]).expect(0).stdout;
    assert!(
        shown.contains("标记姓名") && shown.contains("13912345678901234567890") && shown.contains("2881.00"),
        "{shown}"
    );
    assert_eq!(hospital.database.lines(log).await, [format!("demo quarantine_show {id} t")]);

    // Without the key nobody sees anything, nor what is not there; and that is no look at anything.
    let mut other_key = hospital.tijian();
    other_key.args(["quarantine", "show", &id]);
    other_key.env("TIJIAN_SITE_KEY", "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=");
    let refused = end_after_input(other_key, "").expect(1);
    assert!(!format!("{refused:?}").contains("标记姓名"), "{refused:?}");
    hospital.command(&["quarantine", "show", "999"]).expect(2);
    assert_eq!(hospital.database.lines(log).await.len(), 1);
}
