//! The closing of months for finance, against its entries: balances that chain, and files that stay.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;
use tijian::simulator::GeneratorOptions;

use super::files_in;
use super::handoff::{Journal, random_nights, rows};
use crate::support::{Hospital, record};

const MONTHS: [&str; 4] = ["2026-02", "2026-03", "2026-04", "2026-05"];
const COLUMNS: [&str; 8] = [
    "期初余额（元）",
    "本月入账（元）",
    "本月调整（元）",
    "本月冲销（元）",
    "跨月调整（元）",
    "期末余额（元）",
    "其中已到检（元）",
    "其中预收（元）",
];

/// By hospital, way of payment and check month: the columns, the last two of which may be unknown.
type Balances = BTreeMap<String, Vec<Option<Decimal>>>;

/// Four handoffs at the edges of Beijing's months: one of February, one of March, two of April.
pub(super) async fn hospital() -> Hospital {
    let hospital = Hospital::new().await;
    let mut journal = Journal::default();
    for (seed, fee) in (5..).zip(["100.00", "120.50", "120.50", "90.00"]) {
        let changes = format!(r#""examinationFee":{fee},"checkDate":"2027-02-03""#);
        hospital.simulator.insert_records(vec![record("Z-1", &changes)]);
        random_nights(&hospital, seed, 1, &mut journal).await;
    }
    hospital
        .database
        .client
        .batch_execute(
            "update finance.handoffs set as_of = case handoff_number
                when 1 then timestamptz '2026-02-28T15:59:59.999999Z'
                when 2 then '2026-02-28T16:00:00Z'
                when 3 then '2026-03-31T16:00:00Z'
                else '2026-04-30T15:59:59Z'
            end;
            insert into warehouse.arrivals (account, serial_number, arrived_at, source)
            select distinct account, serial_number, timestamptz '2026-02-28T16:00:00Z', 'command'
            from finance.entries where serial_number like 'a-%'",
        )
        .await
        .unwrap();
    hospital
}

fn month_of(handoff_number: i64) -> &'static str {
    ["2026-02", "2026-03", "2026-04", "2026-04"][handoff_number as usize - 1]
}

/// Counted entry by entry.
async fn expected(hospital: &Hospital, month: &str) -> Balances {
    let entries = "select json_build_array(handoff_number, hospital_code, coalesce(pay_type, ''),
            to_char(check_month, 'YYYY-MM'), entry_kind, amount::text, serial_number)::text
        from finance.entries order by entry_number";
    let mut balances = Balances::new();
    // Where each person who came was last.
    let mut standing = BTreeMap::new();
    let (mut moved, mut performed) = (BTreeMap::new(), BTreeMap::<String, Decimal>::new());
    for line in hospital.database.lines(entries).await {
        let entry: Value = serde_json::from_str(&line).unwrap();
        let text = |at: usize| entry[at].as_str().unwrap();
        let amount: Decimal = text(5).parse().unwrap();
        let booked = month_of(entry[0].as_i64().unwrap());
        if booked > month {
            continue;
        }
        let place = format!("{}|{}|{}", text(1), text(2), text(3));
        let balance = balances.entry(place.clone()).or_insert_with(|| vec![Some(Decimal::ZERO); 8]);
        let column = match (booked < month, text(3) < booked, text(4)) {
            (true, ..) => 0,
            (_, true, _) => 4,
            (_, _, "posting") => 1,
            (_, _, "adjustment") => 2,
            _ => 3,
        };
        moved.entry(place.clone()).and_modify(|is_moved| *is_moved |= column > 0).or_insert(column > 0);
        for column in [column, 5] {
            *balance[column].as_mut().unwrap() += amount;
        }
        // They came on the first of March.
        if text(6).starts_with("a-") && month >= "2026-03" {
            *performed.entry(place.clone()).or_default() += amount;
            standing.insert(text(6).to_owned(), format!("{}|{}", text(1), text(3)));
        }
    }
    balances.retain(|place, balance| moved[place] || balance[0] != Some(Decimal::ZERO));
    for (place, balance) in &mut balances {
        let parts: Vec<&str> = place.split('|').collect();
        let came = performed.get(place).copied().unwrap_or_default();
        let place = format!("{}|{}", parts[0], parts[2]);
        let is_known = standing.values().any(|stands| *stands == place) || parts[2] > month;
        balance[6] = is_known.then_some(came);
        balance[7] = is_known.then(|| balance[5].unwrap() - came);
    }
    balances
}

fn found(hospital: &Hospital, month: &str) -> Balances {
    rows(hospital, &format!("finance/months/demo_finance_month_{month}.csv"))
        .into_iter()
        .map(|row| {
            assert_eq!((row["医院账户"].as_str(), row["记账月份"].as_str()), ("demo", month));
            let place = format!("{}|{}|{}", row["医疗机构编码"], row["支付方式代码"], row["体检月份"]);
            (place, COLUMNS.iter().map(|column| row[*column].parse().ok()).collect())
        })
        .collect()
}

pub(super) fn close(hospital: &Hospital, month: &str) -> crate::support::Ended {
    hospital.command(&["finance", "month", month, "--pipeline", hospital.pipeline_file.to_str().unwrap()])
}

fn bytes(hospital: &Hospital) -> Vec<(String, Vec<u8>)> {
    let files = files_in(hospital, "finance/months").into_iter();
    files.map(|file| (file.clone(), std::fs::read(hospital.dir.path().join(file)).unwrap())).collect()
}

async fn broken(hospital: &Hospital) -> Vec<&'static str> {
    let found = hospital.database.warehouse.audit().await.unwrap();
    // The arrivals of this story were never owed to the platform, and no night has counted them.
    let aside = ["arrivals_are_of_reservations_and_owed_once", "daily_volumes_are_those_of_the_history"];
    let broken = found.iter().filter(|check| check.violations > 0).map(|check| check.name);
    broken.filter(|name| !aside.contains(name)).collect()
}

/// Invariant: A closed month never changes, and its closing balance is the next month's opening balance.
/// Held by: its figures are stored with the range of its handoffs in one statement; later entries belong to the next
/// month.
#[tokio::test(flavor = "multi_thread")]
async fn months_are_what_their_entries_move_and_chain_whether_closed_one_by_one_or_at_once() {
    for is_at_once in [false, true] {
        let hospital = hospital().await;
        if is_at_once {
            close(&hospital, "2026-05").expect(0);
        }
        for month in MONTHS {
            let ended = close(&hospital, month).expect(0);
            let paths: Vec<&str> = ended.stdout.lines().collect();
            assert!(paths.len() == 2 && paths[0].ends_with(&format!("{month}.xlsx")), "{paths:?}");
            let found = found(&hospital, month);
            assert!(!found.is_empty());
            assert_eq!(found, expected(&hospital, month).await, "{month}");
        }
        let all: Vec<Balances> = MONTHS.iter().map(|month| found(&hospital, month)).collect();
        let is_open = |sum: &Option<Decimal>| sum.is_some_and(|sum| !sum.is_zero());
        for (before, after) in all.iter().zip(&all[1..]) {
            let closing = before.iter().filter(|(_, sums)| is_open(&sums[5])).map(|(place, sums)| (place, sums[5]));
            let opening = after.iter().filter(|(_, sums)| is_open(&sums[0])).map(|(place, sums)| (place, sums[0]));
            assert_eq!(closing.collect::<Vec<_>>(), opening.collect::<Vec<_>>());
        }
        let seen = |column: usize| all.iter().flat_map(BTreeMap::values).any(|sums| is_open(&sums[column]));
        assert_eq!(
            (0..8).filter(|column| !seen(*column)).collect::<Vec<_>>(),
            [0_usize; 0],
            "something in every column"
        );
        assert!(all.iter().flat_map(BTreeMap::values).any(|sums| sums[6].is_none()), "and something unknown");
        assert_eq!(broken(&hospital).await, [""; 0]);
    }
}

/// Of a closed month: hospital, its name, check month, closing balance, and what of it is performed.
async fn places(hospital: &Hospital, month: &str) -> Vec<String> {
    let places = format!(
        "select concat_ws(' ', hospital_code, hospital_name, to_char(check_month, 'YYYY-MM'), closing,
                coalesce(performed::text, '-'))
            from finance.month_balances where posting_month = '{month}-01' order by hospital_code, check_month"
    );
    hospital.database.lines(&places).await
}

/// Handoffs of four months: the only person who came moves to another month, to another hospital, and cancels there; a hospital
/// gets another name, and loses somebody who was booked under the old one.
#[tokio::test(flavor = "multi_thread")]
async fn who_came_counts_where_the_last_entry_puts_them_and_a_hospital_has_its_name_of_that_month() {
    for is_at_once in [false, true] {
        let hospital = Hospital::new().await;
        let fee = r#""examinationFee":100.00"#;
        let other = r#""hospitalCode":"0571","hospitalName":"分院""#;
        for states in [
            vec![record("P", fee), record("Q", fee), record("S", fee)],
            vec![
                record("P", &format!(r#"{fee},"checkDate":"2026-03-03","hospitalName":"A 院""#)),
                record("R", &format!(r#"{fee},"hospitalName":"A 院""#)),
            ],
            vec![
                record("P", &format!(r#"{fee},"checkDate":"2026-03-03",{other}"#)),
                record("S", &format!(r#"{fee},{other}"#)),
            ],
            vec![record("P", &format!(r#"{fee},"checkDate":"2026-03-03","orderStatus":5,{other}"#))],
        ] {
            hospital.simulator.insert_records(states);
            hospital.run_well().await;
        }
        let months = "update finance.handoffs
            set as_of = timestamptz '2026-01-31T16:00:00Z' + (handoff_number - 1) * interval '1 month';
            insert into warehouse.arrivals (account, serial_number, arrived_at, source)
            values ('demo', 'P', timestamptz '2026-02-03T01:00:00Z', 'command')";
        hospital.database.client.batch_execute(months).await.unwrap();
        if is_at_once {
            close(&hospital, MONTHS[3]).expect(0);
        }
        for (month, expected) in MONTHS.into_iter().zip([
            vec!["100637 体检中心 2026-02 300.00 100.00"],
            vec!["100637 A 院 2026-02 300.00 -", "100637 A 院 2026-03 100.00 100.00"],
            vec![
                "0571 分院 2026-02 100.00 -",
                "0571 分院 2026-03 100.00 100.00",
                "100637 A 院 2026-02 200.00 -",
                "100637 A 院 2026-03 0.00 -",
            ],
            vec!["0571 分院 2026-02 100.00 -", "0571 分院 2026-03 0.00 0.00", "100637 A 院 2026-02 200.00 -"],
        ]) {
            close(&hospital, month).expect(0);
            assert_eq!(places(&hospital, month).await, expected, "{month}, at once: {is_at_once}");
        }
        assert_eq!(broken(&hospital).await, [""; 0]);
    }
}

/// Invariant: A closed month never changes, and its closing balance is the next month's opening balance.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_month_stays_byte_for_byte_whatever_comes_later() {
    let hospital = hospital().await;
    for month in ["2026-02", "2026-03"] {
        close(&hospital, month).expect(0);
    }
    let before = bytes(&hospital);
    assert_eq!(before.len(), 4);

    // A delivery whose clock says February, arrivals that are reported late, another name of the hospital and of the payment.
    hospital.simulator.insert_records(vec![record("late", r#""examinationFee":7.00,"hospitalName":"改名""#)]);
    hospital.run_well().await;
    hospital
        .database
        .client
        .batch_execute(
            "update finance.handoffs set as_of = '2026-02-10T00:00:00Z' where handoff_number = 5;
            update mart.code_labels set label_zh = '现金' where column_name = 'pay_type' and code = '0';
            insert into warehouse.arrivals (account, serial_number, arrived_at, source)
            select distinct account, serial_number, timestamptz '2026-02-01T00:00:00Z', 'command'
            from finance.entries where serial_number like 'B-%'",
        )
        .await
        .unwrap();
    for (file, _) in &before {
        std::fs::remove_file(hospital.dir.path().join(file)).unwrap();
    }
    for month in ["2026-03", "2026-02", "2026-02"] {
        close(&hospital, month).expect(0);
    }
    assert_eq!(bytes(&hospital), before);

    close(&hospital, "2026-04").expect(0);
    let handoffs = "select concat_ws(' ', posting_month, first_handoff_number, last_handoff_number)
        from finance.months order by posting_month";
    assert_eq!(
        hospital.database.lines(handoffs).await,
        ["2026-02-01 1 1", "2026-03-01 2 2", "2026-04-01 3 5"],
        "what comes late belongs to the next open month"
    );
    assert_eq!(broken(&hospital).await, [""; 0]);

    // A file that was changed is not written over.
    let path = hospital.dir.path().join(&before[0].0);
    std::fs::write(&path, "signed on Monday").unwrap();
    let ended = close(&hospital, "2026-02").expect(1);
    assert!(ended.stderr.contains("files handed to finance are never overwritten"), "{}", ended.stderr);
    assert_eq!(std::fs::read(&path).unwrap(), b"signed on Monday");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_is_not_over_or_none_or_empty_closes_nothing() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.run_well().await;
    let this_month = hospital.database.lines("select to_char(now() at time zone 'Asia/Shanghai', 'YYYY-MM')").await;
    for (month, told) in [
        (this_month[0].as_str(), "is not over: it can be closed from"),
        ("9999-12", "is not over"),
        ("2026-13", "write the month like 2026-11"),
        ("November", "write the month like 2026-11"),
    ] {
        let ended = close(&hospital, month).expect(2);
        assert!(ended.stderr.contains(told), "{month}: {}", ended.stderr);
    }
    let ended = close(&hospital, "2020-01").expect(0);
    assert!(ended.stderr.contains("nothing was handed over by the end of the month"), "{}", ended.stderr);
    assert_eq!(hospital.database.lines("select count(*)::text from finance.months").await, ["0"]);
    assert_eq!(files_in(&hospital, "finance/months"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn months_that_do_not_chain_are_found_by_the_audit() {
    let hospital = hospital().await;
    close(&hospital, "2026-04").expect(0);
    assert_eq!(broken(&hospital).await, [""; 0]);
    for damage in [
        "update finance.month_balances set closing = closing + 0.01 where posting_month = '2026-04-01'",
        "update finance.month_balances set opening = opening + 0.01, closing = closing + 0.01
            where posting_month = '2026-03-01'",
        "update finance.month_balances set postings = postings + 1, closing = closing + 1 where posting_month = '2026-02-01'",
        "delete from finance.month_balances where posting_month = '2026-02-01' and closing <> 0",
        "update finance.months set last_handoff_number = 3 where posting_month = '2026-04-01'",
        "update finance.months set first_handoff_number = 3, last_handoff_number = 3 where posting_month = '2026-03-01'",
    ] {
        let client = &hospital.database.client;
        client.batch_execute("create table kept as table finance.month_balances").await.unwrap();
        client.batch_execute("create table kept_months as table finance.months").await.unwrap();
        client.batch_execute(damage).await.unwrap();
        assert_eq!(broken(&hospital).await, ["closed_months_follow_each_other"], "{damage}");
        client
            .batch_execute(
                "delete from finance.month_balances; delete from finance.months;
                insert into finance.months table kept_months; insert into finance.month_balances table kept;
                drop table kept, kept_months",
            )
            .await
            .unwrap();
    }
}

/// What several nights have left behind is handed over month by month: also where a night of no money lies between.
#[tokio::test(flavor = "multi_thread")]
async fn one_handoff_is_of_one_month() {
    let mut hospital = Hospital::with_reservations(GeneratorOptions { reservations: 0, ..Default::default() }).await;
    let definition = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    hospital.redefine(|text| text.split_once("[[export]]").unwrap().0.to_owned());
    for (serial, fee) in [("A", "10.00"), ("B", "0.00"), ("C", "20.00"), ("D", "40.00"), ("E", "0.00")] {
        hospital.simulator.insert_records(vec![record(serial, &format!(r#""examinationFee":{fee}"#))]);
        hospital.run_well().await;
    }
    let months = "update etl.deliveries set effective_at = (array['2026-01-31T15:59:59Z', '2026-01-31T16:00:00Z',
        '2026-02-28T15:00:00Z', '2026-02-28T16:00:00Z', '2026-03-31T16:00:00Z']::timestamptz[])[delivery_id]";
    hospital.database.client.batch_execute(months).await.unwrap();
    hospital.redefine(|_| definition);
    hospital.run_well().await;
    let handoffs = "select concat_ws(' ', handoff_number, first_delivery_id, last_delivery_id, amount)
        from finance.handoffs order by handoff_number";
    assert_eq!(hospital.database.lines(handoffs).await, ["1 1 1 10.00", "2 2 3 20.00", "3 4 4 40.00"]);
    assert_eq!(broken(&hospital).await, [""; 0]);
}

/// Rows of the entries that a plan has read, in all executions of its nodes.
fn entries_read(node: &Value) -> f64 {
    let is_scan = node["Relation Name"] == "numbered_movements";
    let rows = ["Actual Rows", "Rows Removed by Filter"].map(|name| node[name].as_f64().unwrap_or_default());
    let own = if is_scan { rows.iter().sum::<f64>() * node["Actual Loops"].as_f64().unwrap() } else { 0.0 };
    own + node["Plans"].as_array().into_iter().flatten().map(entries_read).sum::<f64>()
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_reads_the_entries_a_few_times_however_many_places_and_months_there_are() {
    let hospital = hospital().await;
    let statement = include_str!("../../../sql/finance/close_months.sql");
    let statement = statement.replace("$1", "'demo'").replace("$2", "'2026-05-01'");
    let client = &hospital.database.client;
    // As it is where there are many: on a few pages, reading all of them is as good as looking one up.
    client.batch_execute("analyze; begin; set local enable_seqscan = off").await.unwrap();
    let plan: Value =
        client.query_one(&format!("explain (analyze, format json) {statement}"), &[]).await.unwrap().get(0);
    let places = "select count(*)::text from finance.month_balances";
    let places: usize = hospital.database.lines(places).await.concat().parse().unwrap();
    client.batch_execute("rollback").await.unwrap();
    let entries: f64 =
        hospital.database.lines("select count(*)::text from finance.entries").await.concat().parse().unwrap();
    assert!(places > 20 && entries > 20.0, "{places} {entries}");
    let read = entries_read(&plan[0]["Plan"]);
    assert!(read >= entries && read <= entries * 4.0, "{read} of {entries} entries were read for {places} places");
}
