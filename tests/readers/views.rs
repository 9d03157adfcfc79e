//! The marts in psycopg, pandas, polars with ADBC, and connectorx: every view, every row, and null where SQL has null.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use tijian::simulator::GeneratorOptions;

use crate::python::run_script;
use crate::support::Hospital;

/// Invariant: Other programs read the same values from our marts as SQL.
/// Held by: types that they know; the current version ends with null, not infinity.
#[tokio::test(flavor = "multi_thread")]
async fn every_client_reads_every_view() {
    let options = GeneratorOptions { reservations: 120, new_per_night: 10, changes: 0.4, ..Default::default() };
    let hospital = Hospital::with_reservations(options).await;
    for _ in 0..2 {
        hospital.run_well().await;
        hospital.simulator.advance_night();
    }
    let arrivals = "insert into warehouse.arrivals (account, serial_number, arrived_at, source)
            select account, serial_number, now(), 'command' from warehouse.reservation_versions
            where valid_to = 'infinity' limit 1;
        insert into mart.calendar (day, is_holiday, holiday) values ('2026-01-01', true, '元旦');
        insert into mart.capacity (account, hospital_code, day, places) values ('demo', 'H', '2026-01-05', 1)";
    hospital.database.client.batch_execute(arrivals).await.unwrap();
    let views = "select 'mart.' || relname from pg_class
        where relnamespace = 'mart'::regnamespace and relkind in ('r', 'v') order by 1";
    let views = hospital.database.lines(views).await;
    assert!(views.len() > 20, "{views:?}");

    let mut expected: BTreeMap<&str, Value> = BTreeMap::new();
    for view in &views {
        let columns = format!(
            "select attname::text from pg_attribute where attrelid = '{view}'::regclass and attnum > 0 and not attisdropped"
        );
        let mut values = BTreeMap::new();
        for column in hospital.database.lines(&columns).await {
            let count = format!("select count({column})::text from {view}");
            values.insert(column, hospital.database.lines(&count).await[0].parse::<u64>().unwrap());
        }
        let rows = hospital.database.lines(&format!("select count(*)::text from {view}")).await;
        expected.insert(view, json!({ "rows": rows[0].parse::<u64>().unwrap(), "values": values }));
    }
    let versions = &expected["mart.reservation_versions"];
    assert!(versions["values"]["valid_to"].as_u64().unwrap() < versions["rows"].as_u64().unwrap());

    let arguments: Vec<&Path> =
        [&hospital.database.owner_url].into_iter().chain(&views).map(|argument| Path::new(argument.as_str())).collect();
    let seen = run_script("read_views.py", &arguments);
    for client in ["psycopg", "pandas", "polars and ADBC", "polars and connectorx"] {
        for (view, expected) in &expected {
            assert_eq!(&seen[client][*view], expected, "{client}, {view}");
        }
    }
}
