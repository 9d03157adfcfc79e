//! The Parquet files in DuckDB, pyarrow, pandas and polars: names, types and every value, against SQL.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use tijian::simulator::GeneratorOptions;

use crate::python::run_script;
use crate::support::{Hospital, record};

/// What is in the files beside the month, which is their folder's name: column, kind, and the column by SQL where it is
/// not itself.
type Column = (&'static str, Kind, &'static str);

/// What a column is, whatever a program calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Few different texts.
    Category,
    Text,
    Date,
    Instant,
    Boolean,
    /// Yes, no or not said.
    MaybeBoolean,
    Integer,
    /// Or unknown.
    MaybeInteger,
    BigInteger,
    /// Or unknown.
    MaybeBigInteger,
    /// numeric(12,2)
    Fee,
    /// Of fees: 18 digits.
    Total,
}
use Kind::{
    BigInteger, Boolean, Category, Date, Fee, Instant, Integer, MaybeBigInteger, MaybeBoolean, MaybeInteger, Text,
    Total,
};

const HISTORY: [Column; 29] = [
    ("account", Category, ""),
    ("serial_number", Text, ""),
    ("version", Integer, ""),
    ("valid_from", Instant, ""),
    ("event_date", Date, "(valid_from at time zone 'Asia/Shanghai')::date"),
    ("valid_to", Instant, "nullif(valid_to, 'infinity')"),
    ("is_current", Boolean, "valid_to = 'infinity'"),
    ("change", Category, ""),
    ("person_id", Text, "encode(person_id, 'hex')"),
    ("card_type", Category, ""),
    ("age_years", MaybeInteger, "extract(year from age(check_date, birthdate))::integer"),
    (
        "age_band",
        Category,
        "(array['0-17', '18-29', '30-39', '40-49', '50-59', '60-69', '70+'])[width_bucket(
            extract(year from age(check_date, birthdate))::integer, array[0, 18, 30, 40, 50, 60, 70])]",
    ),
    ("sex_code", Category, ""),
    ("is_pregnant", MaybeBoolean, ""),
    ("married", Category, ""),
    ("hospital_code", Category, ""),
    ("hospital_name", Category, ""),
    ("check_date", Date, ""),
    ("hospital_package_id", Category, ""),
    ("hospital_package_name", Category, ""),
    ("add_combination_id", Text, ""),
    ("add_combination_name", Text, ""),
    ("examination_fee", Fee, ""),
    ("order_status", Category, ""),
    ("pay_type", Category, ""),
    ("data_sources", Category, ""),
    ("delivery_id", BigInteger, ""),
    ("request_id", Text, ""),
    ("recorded_at", Instant, ""),
];

const VOLUMES: [Column; 16] = [
    ("account", Category, ""),
    ("check_date", Date, ""),
    ("hospital_code", Category, ""),
    ("hospital_name", Category, ""),
    ("hospital_package_id", Category, ""),
    ("hospital_package_name", Category, ""),
    ("data_sources", Category, ""),
    ("order_status", Category, ""),
    ("order_status_zh", Category, ""),
    ("order_status_en", Category, ""),
    ("is_cancelled", Boolean, ""),
    ("reservations", BigInteger, ""),
    ("people", BigInteger, ""),
    ("fee_total", Total, ""),
    ("arrivals_reported", Boolean, ""),
    ("arrived", MaybeBigInteger, ""),
];

/// A folder of files, and what it must be the same as.
struct Dataset {
    folder: &'static str,
    relation: &'static str,
    money: &'static str,
    columns: &'static [Column],
    /// Columns in which something is missing in some row, so that it is seen how a program shows that.
    gaps: &'static [&'static str],
}

const DATASETS: [Dataset; 2] = [
    Dataset {
        folder: "history",
        relation: "warehouse.reservation_versions",
        money: "examination_fee",
        columns: &HISTORY,
        gaps: &[
            "valid_to",
            "is_pregnant",
            "add_combination_name",
            "examination_fee",
            "pay_type",
            "age_years",
            "age_band",
        ],
    },
    Dataset {
        folder: "volumes",
        relation: "mart.daily_volumes",
        money: "fee_total",
        columns: &VOLUMES,
        gaps: &["hospital_package_id", "data_sources", "arrived"],
    },
];

/// Three nights with whatever may stand in a column: nothing, empty texts, the largest fee, a date long ago.
async fn hospital() -> Hospital {
    let options = GeneratorOptions { reservations: 150, new_per_night: 10, changes: 0.5, ..Default::default() };
    let mut hospital = Hospital::with_reservations(options).await;
    let volumes = hospital.dir.path().join("volumes");
    hospital.redefine(|text| {
        format!("{text}\n[[export]]\nkind = \"daily_volumes\"\nformat = \"parquet\"\ndir = \"{}\"\n", volumes.display())
    });
    hospital.simulator.insert_records(vec![
        record("A-1", r#""addCombinationName":null,"addCombinationId":"","payType":null"#),
        record("A-2", r#""examinationFee":9999999999.99"#),
        record("A-6", r#""examinationFee":9999999999.99,"hospitalPackageId":null,"dataSources":null"#),
        record("A-7", r#""examinationFee":9999999999.99,"hospitalPackageId":null,"dataSources":null"#),
        record("A-3", r#""examinationFee":0,"hospitalPackageName":"套餐 “一”, 二\t三""#),
        record("A-4", r#""examinationFee":null,"isPregnant":null"#),
        record("A-5", r#""birthdate":"1800-01-01""#),
        record("A-8", r#""birthdate":null"#),
    ]);
    hospital.run_well().await;
    let arrival = "insert into etl.arrival_inbox (account, serial_number) values ('demo', 'A-1')";
    hospital.database.client.batch_execute(arrival).await.unwrap();
    for _ in 1..3 {
        hospital.simulator.advance_night();
        hospital.run_well().await;
    }
    hospital
}

/// The rows by SQL, each value as the scripts write it, the month last. Sorted: a program may read the files in any
/// order.
async fn rows_by_sql(hospital: &Hospital, dataset: &Dataset) -> Vec<Vec<Value>> {
    let expressions: Vec<String> = dataset
        .columns
        .iter()
        .map(|(name, kind, expression)| {
            let expression = if expression.is_empty() { name } else { expression };
            match kind {
                Instant => format!("(extract(epoch from {expression}) * 1000000)::bigint::text"),
                _ => format!("({expression})::text"),
            }
        })
        .collect();
    let query = format!(
        "select json_build_array({}, to_char(check_date, 'YYYY-MM'))::text from {}",
        expressions.join(", "),
        dataset.relation
    );
    let rows = hospital.database.lines(&query).await;
    sorted(rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect())
}

fn sorted(mut rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    rows.sort_by_key(|row| Value::from(row.clone()).to_string());
    rows
}

/// Opens both folders in a program, and compares all that it saw with SQL. `type_of`: what the program calls a kind;
/// `month_type`: what it takes the folder's name for. Returns what it saw, folder by folder.
async fn assert_same(script: &str, type_of: fn(Kind) -> &'static str, month_type: &str) -> [Value; 2] {
    let hospital = hospital().await;
    let mut seen = Vec::new();
    for dataset in &DATASETS {
        let what = format!("{script}, {}", dataset.folder);
        let folder = hospital.dir.path().join(dataset.folder);
        let report = run_script(script, &[&folder, Path::new(dataset.money)]);

        let types = dataset.columns.iter().map(|(name, kind, _)| (*name, type_of(*kind)));
        let types: BTreeMap<&str, &str> = types.chain([("check_month", month_type)]).collect();
        assert_eq!(report["types"], json!(types), "{what}");

        let expected = rows_by_sql(&hospital, dataset).await;
        assert!(expected.len() > 100, "{what}: {}", expected.len());
        for gap in dataset.gaps {
            let at = dataset.columns.iter().position(|(name, ..)| name == gap).unwrap();
            assert!(expected.iter().any(|row| row[at].is_null()), "{what}: {gap} has no gap to be seen");
        }
        let rows = serde_json::from_value(report["rows"].clone()).unwrap();
        assert_eq!(sorted(rows), expected, "{what}");

        let total = format!("select sum({})::text from {}", dataset.money, dataset.relation);
        assert_eq!(report["total"], hospital.database.lines(&total).await[0], "{what}");
        seen.push(report);
    }
    seen.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_sees_every_value_with_its_type() {
    let type_of = |kind| match kind {
        Category | Text => "VARCHAR",
        Date => "DATE",
        Instant => "TIMESTAMP WITH TIME ZONE",
        Boolean | MaybeBoolean => "BOOLEAN",
        Integer | MaybeInteger => "INTEGER",
        BigInteger | MaybeBigInteger => "BIGINT",
        Fee => "DECIMAL(12,2)",
        Total => "DECIMAL(18,2)",
    };
    assert_same("read_with_duckdb.py", type_of, "VARCHAR").await;
    assert_same("read_package_with_duckdb.py", type_of, "VARCHAR").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pyarrow_sees_every_value_with_its_type_and_its_description() {
    let type_of = |kind| match kind {
        Category => "dictionary<values=string, indices=int32, ordered=0>",
        Text => "string",
        Date => "date32[day]",
        Instant => "timestamp[us, tz=UTC]",
        Boolean | MaybeBoolean => "bool",
        Integer | MaybeInteger => "int32",
        BigInteger | MaybeBigInteger => "int64",
        Fee => "decimal128(12, 2)",
        Total => "decimal128(18, 2)",
    };
    let seen = assert_same("read_with_pyarrow.py", type_of, "string").await;
    for (dataset, seen) in DATASETS.iter().zip(&seen) {
        for (name, _, _) in dataset.columns {
            let said = &seen["said"][name];
            let (zh, en) = (said["description_zh"].as_str(), said["description_en"].as_str());
            assert!(zh.is_some_and(|text| text.chars().any(|sign| ('一'..='龥').contains(&sign))), "{name}: {said}");
            assert!(en.is_some_and(|text| text.is_ascii() && text.len() > 2), "{name}: {said}");
        }
    }
    assert_eq!(seen[0]["said"]["examination_fee"]["description_zh"], "体检费用（元）");
}

#[tokio::test(flavor = "multi_thread")]
async fn pandas_sees_every_value_with_its_type() {
    let type_of = |kind| match kind {
        Category => "category",
        Text => "str",
        // Exact values of their own kind, `datetime.date` and `decimal.Decimal`: the frame has no type for them.
        Date | Fee | Total => "object",
        // Likewise `True`, `False` and `None`; without a gap it is an array of bits.
        MaybeBoolean => "object",
        Instant => "datetime64[us, UTC]",
        Boolean => "bool",
        Integer => "int32",
        BigInteger => "int64",
        // With a gap, whole numbers are floats: exact, of the size that counts have.
        MaybeInteger | MaybeBigInteger => "float64",
    };
    assert_same("read_with_pandas.py", type_of, "category").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polars_sees_every_value_with_its_type() {
    let type_of = |kind| match kind {
        Category => "Categorical",
        Text => "String",
        Date => "Date",
        Instant => "Datetime(time_unit='us', time_zone='UTC')",
        Boolean | MaybeBoolean => "Boolean",
        Integer | MaybeInteger => "Int32",
        BigInteger | MaybeBigInteger => "Int64",
        Fee => "Decimal(precision=12, scale=2)",
        Total => "Decimal(precision=18, scale=2)",
    };
    assert_same("read_with_polars.py", type_of, "String").await;
}
