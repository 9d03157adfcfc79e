//! What the demo says at its end, for a person.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use comfy_table::Table;
use indicatif::HumanCount;

use crate::cli::demo::Night;
use crate::cli::doctor;
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
    let mut text = format!("\n{}\n\n", nights_table(nights));
    for total in totals {
        paragraph(
            &mut text,
            &format!(
                "{} reservations (预约) of {} people in {} versions; {} cancelled (已取消); {} yuan (元) booked.",
                count(total.reservations),
                count(total.people),
                count(total.versions),
                count(total.cancelled),
                total.fee_total,
            ),
        );
    }
    for account in status {
        let reasons: Vec<String> = account
            .quarantine
            .iter()
            .map(|reason| format!("{} {} {}", reason.records, reason.field, reason.rule))
            .collect();
        let quarantine = if reasons.is_empty() { "empty".to_owned() } else { reasons.join(", ") };
        paragraph(&mut text, &format!("Quarantine (隔离区): {quarantine}."));
        paragraph(&mut text, &format!("Acknowledgements pending (待回调): {}.", account.pending));
    }
    let arrivals: u64 = nights.iter().map(|night| night.report.arrivals.confirmed).sum();
    paragraph(&mut text, &format!("Arrivals reported (到检上报): {arrivals}."));
    let violations: u64 = audit.iter().map(|check| check.violations).sum();
    let verdict = match violations {
        0 => "clean".to_owned(),
        1 => "1 row contradicts them".to_owned(),
        _ => format!("{violations} rows contradict them"),
    };
    paragraph(&mut text, &format!("Audit (核对): {} checks, {verdict}.", audit.len()));
    paragraph(&mut text, &format!("Doctor (自检): {}.", doctor::verdict(checks)));
    paragraph(&mut text, &format!("Took {:.1} s.", elapsed.as_secs_f64()));
    text.push_str(&look_further(dir));
    text
}

fn nights_table(nights: &[Night]) -> Table {
    let headings = [
        "night\n夜次",
        "received\n收到",
        "rejected\n隔离",
        "unchanged\n未变",
        "opened\n新版本",
        "closed\n关闭",
        "acknowledged\n已回调",
        "seconds\n秒",
        "what happened\n情况",
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
            night.event.to_owned(),
        ]);
    }
    table
}

fn look_further(dir: &Path) -> String {
    let dir = dir.display();
    format!(
        "\nLook further (继续查看):\n  \
         . {dir}/environment.sh\n  \
         tijian status\n  \
         tijian report --out report.html\n  \
         tijian audit\n  \
         tijian db psql -- -c 'select event, event_zh, count(*) from mart.reservation_events group by 1, 2'\n\n\
         Files (文件):\n  \
         {dir}/export/history    Parquet, one file per month of check dates (预约历史)\n  \
         {dir}/export/mart       Parquet, volumes per check date (每日预约量)\n  \
         {dir}/export/finance    CSV for Excel: snapshots and handoffs, with manifests (财务)\n  \
         {dir}/landing           deliveries as received, encrypted (原始交付)\n  \
         {dir}/demo.toml         the pipeline that ran (管道定义)\n"
    )
}

fn paragraph(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}

fn count(number: i64) -> HumanCount {
    HumanCount(number.unsigned_abs())
}
