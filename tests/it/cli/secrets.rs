//! No personal data, no key, no token and no delivered value in what an operator, a log store or the ledger gets to
//! see, whatever goes wrong. Serial numbers and request ids stand only where an acknowledgement or a rejection needs them.

use tijian::simulator::{Credentials, Endpoint, Fault, SimulatorOptions};

use crate::support::{Ended, Hospital, TestDatabase, record};

/// Values of records that must stay inside the warehouse's own tables. Each is a piece of a field.
const VALUES: [&str; 14] = [
    "marker-erhc",
    "赵记号",
    "M99999202601",
    "1931-07-19",
    "00-mark-mobile",
    "marker-hospital-code",
    "记号医院",
    "2026-02-13",
    "marker-package-id",
    "记号套餐",
    "marker-add-on-id",
    "记号加项",
    "marker-extra-value",
    "98765.43",
];

/// What only the outbox, the batches, the rejections and the history may hold.
const KEYS: [&str; 2] = ["marker-serial", "marker-request"];

const SECRETS: [&str; 3] = ["marker-api-key", "marker-secret", "marker-aes-key-0"];

/// A record with a marker in every field that takes one, and more fields set otherwise.
fn marked(number: u32, changes: &str) -> String {
    record(
        &format!("marker-serial-{number}"),
        &format!(
            r#""requestId":"marker-request-{}","erhcNo":"marker-erhc","name":"赵记号","cardType":2,
            "idcard":"M99999202601","birthdate":"1931-07-19","mobile":"00-mark-mobile",
            "hospitalCode":"marker-hospital-code","hospitalName":"记号医院","checkDate":"2026-02-13",
            "hospitalPackageId":"marker-package-id","hospitalPackageName":"记号套餐","addCombinationId":"marker-add-on-id",
            "addCombinationName":"记号加项","campus":"marker-extra-value"{changes}"#,
            number % 2
        ),
    )
    .replace("2881.00", "98765.43")
}

/// Records that are fine, that break every kind of rule, and one that is no object at all.
fn records() -> Vec<String> {
    let broken = [
        "",
        r#","name":"赵记号赵记号赵记号赵记号赵记号赵记号赵记号""#,
        r#","orderStatus":"marker-erhc""#,
        r#","checkDate":"记号医院""#,
        r#","sexCode":"赵记号""#,
        r#","isPregnant":"marker-erhc""#,
        r#","examinationFee":"00-mark-mobile""#,
        r#","examinationFee":98765.432"#,
        r#","birthdate":"1931-07-19 00:00:00""#,
        r#","name":"赵记号\u0000""#,
        r#","hospitalCode":{"marker-hospital-code":1}"#,
        r#","hospitalCode":null"#,
        r#","cardType":1"#,
    ];
    let records = broken.iter().zip(1..).map(|(changes, number)| marked(number, changes));
    records.chain([r#""赵记号""#.to_owned(), r#"["marker-erhc"]"#.to_owned()]).collect()
}

async fn hospital() -> Hospital {
    let [api_key, secret, aes_key] = SECRETS.map(str::to_owned);
    let options =
        SimulatorOptions { credentials: Credentials { api_key, secret, aes_key }, ..SimulatorOptions::default() };
    let hospital = Hospital::of(TestDatabase::create().await, "demo", options).await;
    hospital.simulator.insert_records(records());
    hospital
}

/// A night with everything logged.
fn night(hospital: &Hospital, code: i32) -> Ended {
    hospital.night(&["-v", "--log-format", "json", "--output", "json"]).expect(code)
}

#[track_caller]
fn assert_holds_none(what: &str, text: &str, forbidden: &[&str]) {
    // A simulated token is a JWT: it begins with `{"` in Base64.
    for marker in forbidden.iter().chain(&["eyJ"]) {
        assert!(!text.contains(marker), "{what} holds {marker}:\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_value_and_no_secret_reaches_a_stream_or_the_ledger() {
    let hospital = hospital().await;
    let site_key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    let everything = [&VALUES[..], &KEYS, &SECRETS, &[site_key]].concat();
    let values = [&VALUES[..], &SECRETS, &[site_key]].concat();

    let mut said = Vec::new();
    // Warnings, rejections, and a batch callback that the platform refuses: it does not know these requestIds.
    said.push(night(&hospital, 3));
    // Failures of every stage of the conversation.
    for fault in [Fault::PlainSuccess, Fault::Truncated, Fault::Disconnect, Fault::EncryptedFailure, Fault::NullResult]
    {
        hospital.simulator.arm(Endpoint::Order, fault, 4);
        said.push(hospital.night(&["-v"]));
        hospital.simulator.disarm();
    }
    hospital.simulator.insert_records(records());
    hospital.simulator.arm(Endpoint::Callback, Fault::EncryptedFailure, 100);
    said.push(night(&hospital, 4));
    hospital.simulator.disarm();
    // The database itself refuses a row, and quotes it in its own words.
    hospital
        .database
        .client
        .batch_execute(
            "alter table warehouse.reservation_versions add constraint never check (name not like '赵%') not valid",
        )
        .await
        .unwrap();
    hospital.simulator.insert_records(vec![marked(99, "")]);
    let refused = night(&hospital, 1);
    assert!(refused.stderr.contains("constraint never"), "{}", refused.stderr);
    said.push(refused);
    let pipeline = hospital.pipeline_file.to_str().unwrap();
    for command in [
        &["status"][..],
        &["status", "--output", "json"],
        &["audit"],
        &["check", pipeline],
        &["export", "-v", "--all", pipeline],
        &["retain", "-v", pipeline],
    ] {
        said.push(hospital.command(command).expect(0));
    }
    for file in hospital.files().iter().filter(|file| file.starts_with("finance/") && file.ends_with(".csv")) {
        said.push(hospital.command(&["finance", "verify", "-v", file]).expect(0));
    }

    for ended in &said {
        assert_holds_none("standard output", &ended.stdout, &everything);
        assert_holds_none("standard error", &ended.stderr, &everything);
    }
    let ledger = hospital
        .database
        .lines("select tablename::text from pg_tables where schemaname = 'etl' and tablename <> 'rejections'")
        .await;
    assert!(ledger.len() > 8, "{ledger:?}");
    for table in ledger {
        let rows = hospital.database.lines(&format!("select row_to_json(row)::text from etl.{table} as row")).await;
        let keyed = ["outbox", "batches", "unchanged_records", "unconfirmed_reservations", "journal"];
        let owes_keys = keyed.contains(&table.as_str());
        assert_holds_none(&table, &rows.join("\n"), if owes_keys { &values } else { &everything });
    }
    // The reasons of a rejection name fields and rules; the record beside them is the quarantine's purpose.
    let reasons = hospital.database.lines("select reasons::text from etl.rejections").await;
    assert!(reasons.len() > 10, "{reasons:?}");
    assert_holds_none("the reasons of rejections", &reasons.join("\n"), &everything);
    // And the markers were really there.
    let history = hospital.database.history().await.join("\n");
    assert!(VALUES.iter().all(|value| history.contains(value)), "{history}");
}
