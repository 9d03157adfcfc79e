//! The package of `deploy/dbt` in dbt: built, tested, documented, by a login that reads the marts and writes to a schema of its own.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tijian::simulator::GeneratorOptions;

use crate::python::program_of;
use crate::support::{Hospital, create_login, server, server_place};

const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/dbt");

const LOGIN: &str = "tijian_test_dbt";

/// dbt's own results, by what they are about, and whether it calls the whole good.
fn dbt(hospital: &Hospital, place: &Path, arguments: &[&str]) -> (Vec<(String, String)>, bool) {
    let mut command = Command::new(program_of("requirements-dbt.txt", "dbt"));
    command.args(arguments).args(["--project-dir", PACKAGE, "--profiles-dir", PACKAGE]);
    command.arg("--target-path").arg(place.join("target")).arg("--log-path").arg(place.join("logs"));
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("TIJIAN_DBT_USER", LOGIN).env("TIJIAN_DBT_PORT", "5432");
    command.env("TIJIAN_DBT_HOST", hospital.database.socket().parent().unwrap());
    command.env("TIJIAN_DBT_DATABASE", hospital.database.name());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let file = if arguments[0] == "source" { "sources.json" } else { "run_results.json" };
    let results = read(&place.join("target").join(file), &said);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let results = results["results"].as_array().unwrap().iter();
    (results.map(|result| (text(&result["unique_id"]), text(&result["status"]))).collect(), output.status.success())
}

fn read(file: &Path, said: &str) -> Value {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}: {said}", file.display()));
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn dbt_builds_tests_and_documents_the_package() {
    let options = GeneratorOptions { reservations: 120, new_per_night: 10, changes: 0.4, ..Default::default() };
    let hospital = Hospital::with_reservations(options).await;
    for _ in 0..2 {
        hospital.run_well().await;
        hospital.simulator.advance_night();
    }
    create_login(server(), LOGIN, "tijian_analyst").await;
    let owner = &hospital.database.client;
    owner.batch_execute(&format!("create schema dbt authorization {LOGIN}")).await.unwrap();
    let place = server_place();

    let (results, is_good) = dbt(&hospital, place.path(), &["build"]);
    assert!(is_good, "{results:#?}");
    assert!(results.iter().all(|(_, status)| ["success", "pass", "no-op"].contains(&status.as_str())), "{results:#?}");
    assert!(results.iter().filter(|(_, status)| status == "pass").count() > 20, "{results:#?}");
    let model = "select (select sum(reservations + cancelled) from dbt.volumes_by_month)
        = (select count(*) from mart.reservations_current)";
    assert!(owner.query_one(model, &[]).await.unwrap().get::<_, bool>(0));

    let (_, is_good) = dbt(&hospital, place.path(), &["docs", "generate"]);
    assert!(is_good);
    let catalog = read(&place.path().join("target/catalog.json"), "");
    let of_the_database = &catalog["sources"]["source.tijian.mart.reservations_current"];
    let manifest = read(&place.path().join("target/manifest.json"), "");
    let of_the_package = &manifest["sources"]["source.tijian.mart.reservations_current"];
    assert_eq!(of_the_database["metadata"]["comment"], of_the_package["description"]);
    for (name, column) in of_the_database["columns"].as_object().unwrap() {
        assert_eq!(column["comment"], of_the_package["columns"][name]["description"], "{name}");
    }

    let (freshness, is_good) = dbt(&hospital, place.path(), &["source", "freshness"]);
    assert!(is_good);
    let loads = "source.tijian.mart.load_quality";
    assert_eq!(freshness, [(loads.to_owned(), "pass".to_owned())]);

    // What is wrong is told: an account of which no night has come for days, whatever the others do, unless it is no longer used.
    let silent = "with run as (insert into etl.runs (account, program_version) values ('silent', 'test') returning run_id)
        insert into etl.deliveries (run_id, account, effective_at, effective_source, received_at, landing_file, body_bytes)
        select run.run_id, 'silent', effective_at, effective_source, received_at - interval '4 days', landing_file, body_bytes
        from run cross join etl.deliveries order by delivery_id limit 1";
    owner.batch_execute(silent).await.unwrap();
    let (freshness, is_good) = dbt(&hospital, place.path(), &["source", "freshness"]);
    assert_eq!((freshness, is_good), (vec![(loads.to_owned(), "error".to_owned())], false));
    let arguments = ["source", "freshness", "--vars", r#"{"retired_accounts": "other,silent"}"#];
    let (freshness, is_good) = dbt(&hospital, place.path(), &arguments);
    assert_eq!((freshness, is_good), (vec![(loads.to_owned(), "pass".to_owned())], true));
    owner
        .batch_execute(
            "delete from etl.deliveries where account = 'silent'; delete from etl.runs where account = 'silent'",
        )
        .await
        .unwrap();

    // Every night long ago, and volumes that do not add up.
    let damage = "update etl.deliveries set received_at = received_at - interval '4 days';
        delete from warehouse.daily_volumes where ctid = (select min(ctid) from warehouse.daily_volumes)";
    owner.batch_execute(&format!("begin; {damage}; commit")).await.unwrap();
    let (freshness, is_good) = dbt(&hospital, place.path(), &["source", "freshness"]);
    assert_eq!((freshness, is_good), (vec![(loads.to_owned(), "error".to_owned())], false));
    let (results, is_good) = dbt(&hospital, place.path(), &["test", "--select", "volumes_add_up_to_the_reservations"]);
    let test = "test.tijian.volumes_add_up_to_the_reservations".to_owned();
    assert_eq!((results, is_good), (vec![(test, "fail".to_owned())], false));
}
