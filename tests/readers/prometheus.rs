//! Prometheus' own tool reads what monitors get: a night's figures, and the alert rules on made-up nights.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Hospital, end, record};

/// Runs `promtool <arguments>`, and returns what it printed. It must be content.
#[track_caller]
fn promtool(arguments: &[&str], input: Stdio) -> String {
    let output = Command::new("promtool").args(arguments).stdin(input).output().unwrap_or_else(|error| {
        panic!("these tests need promtool: apt-get install --no-install-recommends prometheus ({error})")
    });
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_reads_the_figures_of_a_night_and_has_nothing_to_remark() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", ""), record("B-1", r#""checkDate":"2026-02-30""#)]);
    let file = hospital.dir.path().join("tijian.prom");
    let mut night = hospital.tijian();
    night.arg("run").arg(&hospital.pipeline_file).arg("--metrics-file").arg(&file);
    end(night).expect(3);
    let figures = std::fs::read_to_string(&file).unwrap();
    assert!(figures.contains("tijian_records_rejected_total{account=\"demo\"} 1\n"), "{figures}");
    let remarks = promtool(&["check", "metrics"], std::fs::File::open(&file).unwrap().into());
    assert_eq!(remarks, "");
}

#[test]
fn every_alert_rule_fires_when_it_should_and_only_then() {
    let rules = repository("deploy/prometheus/alerts.yml");
    let checked = promtool(&["check", "rules", rules.to_str().unwrap()], Stdio::null());
    // What the nights below say nothing of would pass unseen.
    let nights = repository("tests/readers/alerts_test.yml");
    let told = std::fs::read_to_string(&nights).unwrap();
    let rules = std::fs::read_to_string(rules).unwrap();
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(checked.contains(&format!("{} rules found", alerts.len())), "{checked}");
    for alert in alerts {
        assert!(told.contains(&format!("alertname: {alert}\n")), "no made-up night is about {alert}");
    }
    promtool(&["test", "rules", nights.to_str().unwrap()], Stdio::null());
}
