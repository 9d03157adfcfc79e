//! The data packages of the Parquet exports in the validator of those who made the format.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tijian::simulator::GeneratorOptions;

use crate::python::run_script;
use crate::support::Hospital;

/// What Frictionless says of a descriptor.
fn validate(descriptor: &Path) -> Value {
    run_script("validate_package_with_frictionless.py", &[descriptor])
}

/// What it says of the descriptor after a change, from the same place.
fn validate_changed(descriptor: &Path, change: impl FnOnce(&mut Value)) -> Value {
    let mut package: Value = serde_json::from_str(&std::fs::read_to_string(descriptor).unwrap()).unwrap();
    change(&mut package);
    let changed = descriptor.with_file_name("changed.json");
    std::fs::write(&changed, package.to_string()).unwrap();
    validate(&changed)
}

#[tokio::test(flavor = "multi_thread")]
async fn frictionless_finds_schemas_rows_and_hashes_as_the_packages_say() {
    let options = GeneratorOptions { reservations: 60, new_per_night: 10, changes: 0.4, ..Default::default() };
    let mut hospital = Hospital::with_reservations(options).await;
    let dir = hospital.dir.path().display().to_string();
    hospital.redefine(|text| {
        format!(
            "{text}\n[[export]]\nkind = \"daily_volumes\"\nformat = \"parquet\"\ndir = \"{dir}/volumes\"\n
            [[export]]\nkind = \"history\"\nformat = \"parquet\"\ninclude_identity = true\ndir = \"{dir}/identity\"\n"
        )
    });
    for _ in 0..2 {
        hospital.run_well().await;
        hospital.simulator.advance_night();
    }
    let is_descriptor = |file: &String| file.ends_with("datapackage.json");
    let descriptors: Vec<PathBuf> = hospital
        .all_files()
        .iter()
        .filter(|file| is_descriptor(file))
        .map(|file| hospital.dir.path().join(file))
        .collect();
    assert_eq!(descriptors.len(), 3, "{descriptors:?}");
    for descriptor in &descriptors {
        let said = validate(descriptor);
        assert_eq!(said["errors"], serde_json::json!([]), "{descriptor:?}");
        let package: Value = serde_json::from_str(&std::fs::read_to_string(descriptor).unwrap()).unwrap();
        let of =
            |key: &str| package["resources"].as_array().unwrap().iter().map(|one| one[key].clone()).collect::<Value>();
        assert_eq!((&said["resources"], &said["rows"]), (&of("name"), &of("rows")), "{descriptor:?}");
    }

    // It would have noticed.
    let changes: [(&str, Value, &str); 3] = [
        ("rows", 1.into(), "row-count"),
        ("bytes", 1.into(), "byte-count"),
        ("hash", format!("sha256:{}", "0".repeat(64)).into(), "hash-count"),
    ];
    for (what, value, error) in changes {
        let said = validate_changed(&descriptors[0], |package| package["resources"][0][what] = value);
        assert!(said["errors"][0].as_str().is_some_and(|text| text.starts_with(error)), "{what}: {said}");
    }
    let said = validate_changed(&descriptors[0], |package| {
        package["resources"][0]["schema"]["fields"][0]["name"] = "other".into();
    });
    assert_ne!(said["errors"], serde_json::json!([]), "another column: {said}");
}
