//! The demo's summary for people.

use std::path::Path;
use std::time::Duration;

use comfy_table::Table;
use indicatif::HumanCount;

use crate::cli::demo::Night;
use crate::cli::doctor;
use crate::cli::language::{language, say};
use crate::cli::table::table;
use crate::upkeep::Check;
use crate::warehouse::{AccountStatus, AccountTotals, CheckResult};

/// The summary as text.
pub(super) fn text(
    dir: &Path,
    nights: &[Night],
    totals: &[AccountTotals],
    status: &[AccountStatus],
    audit: &[CheckResult],
    checks: &[Check],
    elapsed: Duration,
) -> String {
    let mut lines = vec![String::new(), nights_table(nights).to_string(), String::new()];
    for total in totals {
        lines.push(say!(
            "demo-totals",
            reservations = count(total.reservations),
            people = count(total.people),
            versions = count(total.versions),
            cancelled = count(total.cancelled),
            fees = total.fee_total.to_string(),
        ));
    }
    for account in status {
        let reasons: Vec<String> = account
            .quarantine
            .iter()
            .map(|reason| format!("{} {} {}", reason.records, reason.field, reason.rule))
            .collect();
        lines.push(say!("demo-quarantine", reasons = (!reasons.is_empty()).then_some(reasons)));
        lines.push(say!("demo-pending", pending = account.pending));
    }
    let arrivals: u64 = nights.iter().map(|night| night.report.arrivals.confirmed).sum();
    lines.push(say!("demo-arrivals", arrivals));
    let violations: u64 = audit.iter().map(|check| check.violations).sum();
    lines.push(say!("demo-audit", checks = audit.len(), violations));
    lines.push(say!("demo-doctor", verdict = doctor::verdict(checks)));
    lines.push(say!("demo-took", seconds = format!("{:.1}", elapsed.as_secs_f64())));
    lines.extend(look_further(dir));
    lines.iter().fold(String::new(), |text, line| text + line + "\n")
}

fn nights_table(nights: &[Night]) -> Table {
    let headings = [
        say!("column-night"),
        say!("column-received"),
        say!("column-rejected"),
        say!("column-unchanged"),
        say!("column-opened"),
        say!("column-closed"),
        say!("column-callbacks"),
        say!("column-seconds"),
        say!("column-what-happened"),
    ];
    let mut table = table(headings, 0..8);
    for (index, night) in nights.iter().enumerate() {
        let counts = &night.report.counts;
        table.add_row([
            (index + 1).to_string(),
            HumanCount(counts.received).to_string(),
            counts.rejected.to_string(),
            HumanCount(counts.unchanged).to_string(),
            HumanCount(counts.opened).to_string(),
            HumanCount(counts.closed).to_string(),
            HumanCount(night.report.acknowledged).to_string(),
            format!("{:.1}", night.report.total_seconds()),
            night.event.text(language()),
        ]);
    }
    table
}

fn look_further(dir: &Path) -> Vec<String> {
    let dir = dir.display();
    let entry = |name: &str, what: String| format!("  {dir}/{name:<17} {what}");
    vec![
        String::new(),
        say!("demo-look-further"),
        format!("  . {dir}/environment.sh"),
        "  tijian status".to_owned(),
        "  tijian report --out report.html".to_owned(),
        "  tijian audit".to_owned(),
        format!("  tijian doctor {dir}/demo.toml"),
        "  tijian db psql -- -c 'select event, event_zh, count(*) from mart.reservation_events group by 1, 2'"
            .to_owned(),
        String::new(),
        say!("demo-files"),
        entry("export/history", say!("demo-file-history")),
        entry("export/mart", say!("demo-file-mart")),
        entry("export/finance", say!("demo-file-finance")),
        entry("landing", say!("demo-file-landing")),
        entry("demo.toml", say!("demo-file-definition")),
    ]
}

fn count(number: i64) -> String {
    HumanCount(number.unsigned_abs()).to_string()
}
