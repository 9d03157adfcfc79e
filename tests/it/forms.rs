//! Records in other serialisers' forms: over a night, and under a contract that refuses them.

use serde_json::Value;
use tijian::guidance::ExitCode;

use crate::support::{Hospital, record};

const NUMBERS: [&str; 4] = ["A-1", "A-2", "A-3", "A-4"];

/// A birth in summer time, which a serialiser that knows the zone's rules writes as 15:00 UTC.
const PLAIN: &str = r#""birthdate":"1988-06-05","idcard":null,"erhcNo":"123456789012""#;

/// The same state as [`PLAIN`] says: Java's moments and doubles, another time zone's, columns of fixed width, arrays.
const FORMS: [&str; 4] = [
    r#""birthdate":581439600000,"checkDate":1770048000000,"cardType":1.0,"sexCode":2.0,"married":1.0,"orderStatus":1.0,"payType":0.0,"isPregnant":0,"erhcNo":1.23456789012E11"#,
    r#""birthdate":"1988-06-04T15:00:00.000+0000","checkDate":"2026-02-02T16:00:00.000+0000","isPregnant":"N","campus":null"#,
    r#""birthdate":"1988/06/05","checkDate":"2026-02-03 00:00:00","cardType":"1  ","sexCode":"2.0","orderStatus":"1   ","payType":"0.0","isPregnant":"FALSE""#,
    r#""birthdate":[1988,6,5],"checkDate":20260203,"isPregnant":"否""#,
];

fn in_the_interfaces_form() -> Vec<String> {
    NUMBERS.map(|number| record(number, PLAIN)).to_vec()
}

fn in_other_forms() -> Vec<String> {
    NUMBERS.into_iter().zip(FORMS).map(|(number, forms)| record(number, &format!("{PLAIN},{forms}"))).collect()
}

/// `field records` of rule `form`, by field.
async fn warned(hospital: &Hospital) -> Vec<String> {
    let query = "select concat_ws(' ', field, sum(records)) from mart.load_quality_by_rule
        where rule = 'form' and not is_rejecting group by field order by field collate \"C\"";
    hospital.database.lines(query).await
}

/// Invariant: The same state in another form is the same state.
/// Held by: rule `form`, which keeps the interface's own form.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_state_in_another_form_opens_no_version() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(in_the_interfaces_form());
    let first = hospital.run_well().await;
    assert_eq!((first.counts.opened, first.counts.warned, first.exit_code()), (4, 0, ExitCode::Good));
    let history = hospital.database.history().await;

    for night in [1, 2] {
        hospital.simulator.insert_records(in_other_forms());
        let report = hospital.run_well().await;
        assert_eq!((report.counts.received, report.counts.unchanged, report.counts.opened), (4, 4, 0));
        assert_eq!((report.counts.warned, report.acknowledged, report.exit_code()), (4, 1, ExitCode::Good));
        assert_eq!(hospital.database.history().await, history);
        assert_eq!(hospital.simulator.unacknowledged(), 0);
        let expected = [
            ("birthdate", 4),
            ("cardType", 2),
            ("checkDate", 4),
            ("erhcNo", 1),
            ("isPregnant", 4),
            ("married", 1),
            ("orderStatus", 2),
            ("payType", 2),
            ("sexCode", 2),
        ];
        assert_eq!(warned(&hospital).await, expected.map(|(field, records)| format!("{field} {}", records * night)));
        hospital.database.assert_sound().await;
    }
    // A null that the interface does not name is nothing, and nothing is reported of it.
    let unknown = "select count(*)::text from etl.deliveries where cardinality(unknown_fields) > 0";
    assert_eq!(hospital.database.lines(unknown).await, ["0"]);

    // Whoever looks at the page sees it.
    let page = hospital.dir.path().join("report.html");
    hospital.command(&["report", "--out", page.to_str().unwrap()]).expect(0);
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once(r#"<script type="application/json" id="data">"#).unwrap();
    let data: Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
    assert!(data.to_string().contains(r#""form""#), "{data}");

    // And the other way round: what came first in other forms does not change when the interface's own comes.
    let other = Hospital::new().await;
    other.simulator.insert_records(in_other_forms());
    assert_eq!(other.run_well().await.counts.opened, 4);
    let stored =
        "select distinct concat_ws('|', erhc_no, card_type, birthdate, sex_code, is_pregnant, married, check_date,
            order_status, pay_type, coalesce(extra::text, 'none'))
        from warehouse.reservation_versions";
    assert_eq!(other.database.lines(stored).await, ["123456789012|1|1988-06-05|2|f|1|2026-02-03|1|0|none"]);
    other.simulator.insert_records(in_the_interfaces_form());
    let report = other.run_well().await;
    assert_eq!((report.counts.unchanged, report.counts.opened, report.counts.warned), (4, 0, 0));
    other.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_may_refuse_other_forms_and_let_them_in_later() {
    let mut hospital = Hospital::new().await;
    hospital.redefine_contract(|text| text.replace("\nform = \"warn\"", "\nform = \"reject\""));
    hospital.simulator.insert_records(vec![record("A-1", ""), record("A-2", r#""checkDate":"2026/02/03""#)]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.accepted, report.counts.rejected), (1, 1));
    assert_eq!(report.exit_code(), ExitCode::Quarantined);
    let reasons =
        "select concat_ws(' ', serial_number, reasons #>> '{0,rule}', reasons #>> '{0,field}') from etl.rejections";
    assert_eq!(hospital.database.lines(reasons).await, ["A-2 form checkDate"]);
    assert_eq!(hospital.simulator.unacknowledged(), 1);

    // A contract from before the rule does not name it, and warns.
    hospital.redefine_contract(|text| text.replace("\nform = \"reject\"", "\n"));
    let report = hospital.run_well().await;
    assert_eq!((report.counts.accepted, report.counts.rejected, report.counts.warned), (1, 0, 1));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_eq!(
        hospital.database.versions().await,
        ["A-1 1 booked 2026-02-03 current", "A-2 1 booked 2026-02-03 current"]
    );
    hospital.database.assert_sound().await;
}
