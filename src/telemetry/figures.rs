//! The figures of every account, in Prometheus's text format.
//!
//! Counters only ever grow: a run of one night goes on from the file that the one before it has left, so that `increase()`
//! is right whether nights are processes of their own or rounds of a watch.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use prometheus::core::Collector;
use prometheus::{GaugeVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};

use crate::guidance::ExitCode;
use crate::night::RunReport;

/// The only label. Everything else that could tell figures apart is in their names, so that no value can ever become one.
const LABEL: [&str; 1] = ["account"];

/// Name, meaning, and what a run adds.
pub(super) type Counted = (&'static str, &'static str, fn(&RunReport) -> u64);

pub(super) const COUNTERS: [Counted; 8] = [
    ("tijian_runs_total", "Runs that ended, whatever their outcome", |_| 1),
    ("tijian_records_received_total", "Records delivered and committed", |report| report.counts.received),
    ("tijian_records_accepted_total", "Records that kept the contract", |report| report.counts.accepted),
    ("tijian_records_rejected_total", "Records that went to quarantine", |report| report.counts.rejected),
    ("tijian_records_unchanged_total", "Accepted records that opened no version", |report| report.counts.unchanged),
    ("tijian_versions_opened_total", "Versions added to the history", |report| report.counts.opened),
    ("tijian_versions_closed_total", "Versions ended in the history", |report| report.counts.closed),
    ("tijian_acknowledgements_total", "Callbacks that the platform has confirmed", |report| report.acknowledged),
];

/// Stage in the report, name, meaning.
const STAGES: [(&str, &str, &str); 5] = [
    ("drain", "tijian_last_run_drain_seconds", "Sending what earlier runs owed, in the last run"),
    ("pull", "tijian_last_run_pull_seconds", "Pulling and landing the delivery, in the last run"),
    ("load", "tijian_last_run_load_seconds", "Decoding, validating and loading, up to the commit, in the last run"),
    ("acknowledge", "tijian_last_run_acknowledge_seconds", "Acknowledging, in the last run"),
    ("export", "tijian_last_run_export_seconds", "Refreshing the marts and exporting, in the last run"),
];

const PENDING: &str = "tijian_acknowledgements_pending";
const QUARANTINED: &str = "tijian_quarantine_records";
const LAST_SUCCESS: &str = "tijian_last_success_timestamp_seconds";

/// The figures of the accounts that this process works on.
pub struct Figures {
    registry: Registry,
    accounts: Vec<String>,
    counters: [IntCounterVec; COUNTERS.len()],
    stages: [GaugeVec; STAGES.len()],
    pending: IntGaugeVec,
    quarantined: IntGaugeVec,
    exit_code: IntGaugeVec,
    last_run: GaugeVec,
    last_success: GaugeVec,
}

impl Figures {
    /// Counters begin at nothing, so that their series are there before anything happens; what only a run can tell is
    /// absent until there was one.
    pub fn of(accounts: Vec<String>) -> Figures {
        let registry = Registry::new();
        let counters =
            COUNTERS.map(|(name, help, _)| register(&registry, IntCounterVec::new(Opts::new(name, help), &LABEL)));
        for account in &accounts {
            for counter in &counters {
                counter.with_label_values(&[account]).reset();
            }
        }
        let gauge = |name, help| register(&registry, GaugeVec::new(Opts::new(name, help), &LABEL));
        let integer = |name, help| register(&registry, IntGaugeVec::new(Opts::new(name, help), &LABEL));
        Figures {
            counters,
            stages: STAGES.map(|(_, name, help)| gauge(name, help)),
            pending: integer(PENDING, "Callbacks still owed to the platform"),
            quarantined: integer(QUARANTINED, "Records in quarantine that no later one has made good"),
            exit_code: integer("tijian_last_run_exit_code", "Exit status of the last run, as `tijian run` has them"),
            last_run: gauge("tijian_last_run_timestamp_seconds", "When the last run ended"),
            last_success: gauge(LAST_SUCCESS, "When a run last ended with exit status 0, 3 or 4"),
            accounts,
            registry,
        }
    }

    /// Continues from earlier figures, as [`Figures::text`] has written them. Anything unreadable counts as
    /// absent: at worst, a counter starts again.
    pub fn continue_from(&self, text: &str) {
        let values = |name: &str, account: &str| -> Option<f64> {
            let series = format!("{name}{{account=\"{account}\"}} ");
            text.lines().find_map(|line| line.strip_prefix(&series))?.trim().parse().ok()
        };
        for account in &self.accounts {
            for ((name, ..), counter) in COUNTERS.iter().zip(&self.counters) {
                let before = values(name, account).filter(|value| (0.0..COUNTED_MAX).contains(value));
                counter.with_label_values(&[account]).inc_by(before.unwrap_or_default() as u64);
            }
            if let Some(time) = values(LAST_SUCCESS, account).filter(|time| time.is_finite()) {
                self.last_success.with_label_values(&[account]).set(time);
            }
            // Until the ledger can be asked.
            for (name, gauge) in [(PENDING, &self.pending), (QUARANTINED, &self.quarantined)] {
                if let Some(before) = values(name, account).filter(|value| (0.0..COUNTED_MAX).contains(value)) {
                    gauge.with_label_values(&[account]).set(before as i64);
                }
            }
        }
    }

    /// Takes a run in. One that was told to stop says nothing about the account, and is left out.
    pub fn observe(&self, report: &RunReport, ended_at: DateTime<Utc>) {
        if report.is_stopped() {
            return;
        }
        let account = [&report.account];
        for ((.., added), counter) in COUNTERS.iter().zip(&self.counters) {
            counter.with_label_values(&account).inc_by(added(report));
        }
        for ((stage, ..), gauge) in STAGES.iter().zip(&self.stages) {
            gauge.with_label_values(&account).set(report.seconds.get(stage).copied().unwrap_or_default());
        }
        self.observe_end(&report.account, report.exit_code(), ended_at);
    }

    /// Takes in that an account's run could not even begin, or how it ended.
    pub fn observe_end(&self, account: &str, code: ExitCode, ended_at: DateTime<Utc>) {
        let seconds = ended_at.timestamp_millis() as f64 / 1000.0;
        self.exit_code.with_label_values(&[account]).set(i64::from(code.status()));
        self.last_run.with_label_values(&[account]).set(seconds);
        if code.is_success() {
            self.last_success.with_label_values(&[account]).set(seconds);
        }
    }

    /// Takes in what the ledger says of every account that has something to wait for; the others have nothing.
    pub fn observe_backlogs(&self, backlogs: &[(String, u64, u64)]) {
        for account in &self.accounts {
            let backlog = backlogs.iter().find(|(name, ..)| name == account);
            let (pending, quarantined) = backlog.map_or((0, 0), |(_, pending, quarantined)| (*pending, *quarantined));
            let set = |gauge: &IntGaugeVec, value| {
                gauge.with_label_values(&[account]).set(i64::try_from(value).unwrap_or(i64::MAX));
            };
            set(&self.pending, pending);
            set(&self.quarantined, quarantined);
        }
    }

    /// Everything, in the text format (version 0.0.4) that Prometheus and node_exporter read.
    pub fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).expect("every family has a name and one type")
    }
}

/// Our figures, and from the file those of the accounts that other shards write there. If the accounts were shared out otherwise
/// when it was written, nothing of it stays: some of them may be on another machine now.
pub fn beside_other_shards(ours: &str, file: &str, others: &[String], shards: u32) -> String {
    let heading = format!("# The accounts are shared out among {shards} processes.\n");
    let others: HashSet<&str> = others.iter().map(String::as_str).collect();
    let is_others = |line: &&str| {
        let account = line.split_once("{account=\"").and_then(|(_, rest)| rest.split_once("\"} "));
        account.is_some_and(|(account, _)| others.contains(account)) || about(line).is_some()
    };
    let theirs = file.strip_prefix(&heading).unwrap_or_default().lines().filter(is_others);
    let mut families: BTreeMap<&str, Family> = BTreeMap::new();
    for line in ours.lines().chain(theirs) {
        let words = about(line);
        let name = words.map_or(line, |(_, words)| words).split([' ', '{']).next().unwrap_or_default();
        let family = families.entry(name).or_default();
        match words {
            // Ours: another version may say it otherwise, and each may be said only once.
            Some((word, _)) => _ = family.about.entry(word).or_insert(line),
            None => _ = family.samples.insert(line),
        }
    }
    families.retain(|_, family| !family.samples.is_empty());
    let lines = families.values().flat_map(|family| family.about.values().chain(&family.samples));
    lines.fold(heading, |text, line| text + line + "\n")
}

/// The lines about one name.
#[derive(Default)]
struct Family<'a> {
    about: BTreeMap<&'a str, &'a str>,
    samples: BTreeSet<&'a str>,
}

/// The word, and the rest, of a line that says what a name means.
fn about(line: &str) -> Option<(&str, &str)> {
    let (word, rest) = line.strip_prefix("# ")?.split_once(' ')?;
    ["HELP", "TYPE"].contains(&word).then_some((word, rest))
}

/// The largest count that is exact as a floating-point number, which the format uses: 2^53.
const COUNTED_MAX: f64 = 9_007_199_254_740_992.0;

fn register<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> C {
    let collector = made.expect("the names above are well-formed");
    registry.register(Box::new(collector.clone())).expect("the names above are distinct");
    collector
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{RunError, Stopped};

    fn report(received: u64) -> RunReport {
        let mut report = RunReport::new("a");
        report.counts.received = received;
        report.seconds.insert("load", 1.5);
        report
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn counters_go_on_from_the_file_of_the_night_before() {
        let first = Figures::of(vec!["a".to_owned(), "b".to_owned()]);
        first.observe(&report(20), at(1000));
        let second = Figures::of(vec!["a".to_owned(), "b".to_owned()]);
        second.continue_from(&first.text());
        let mut failed = report(5);
        failed.error = Some(RunError::Locked);
        second.observe(&failed, at(2000));
        let text = second.text();
        for line in [
            "# TYPE tijian_records_received_total counter",
            "tijian_records_received_total{account=\"a\"} 25",
            "tijian_records_received_total{account=\"b\"} 0",
            "tijian_runs_total{account=\"a\"} 2",
            "tijian_last_run_load_seconds{account=\"a\"} 1.5",
            "tijian_last_run_exit_code{account=\"a\"} 5",
            "tijian_last_run_timestamp_seconds{account=\"a\"} 2000",
            "tijian_last_success_timestamp_seconds{account=\"a\"} 1000",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(!text.contains("tijian_last_success_timestamp_seconds{account=\"b\"}"), "{text}");
    }

    #[test]
    fn shards_write_one_file_and_each_replaces_its_own_accounts() {
        let figures = |account: &str, received| {
            let figures = Figures::of(vec![account.to_owned()]);
            let mut report = RunReport::new(account);
            report.counts.received = received;
            figures.observe(&report, at(1000));
            figures
        };
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let received = |text: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.strip_prefix("tijian_records_received_total{account="));
            lines.map(str::to_owned).collect()
        };
        let first = beside_other_shards(&figures("a", 1).text(), "", &of(&["b", "c"]), 3);
        let second = beside_other_shards(&figures("b", 2).text(), &first, &of(&["a", "c"]), 3);
        assert_eq!(received(&second), ["\"a\"} 1", "\"b\"} 2"]);
        // Every name has its two lines once, and its series below them.
        let mut seen: Vec<&str> = Vec::new();
        for line in second.lines().skip(1) {
            match about(line) {
                Some(("HELP", words)) => seen.push(words.split(' ').next().unwrap()),
                Some((_, words)) => assert_eq!(words.split(' ').next(), seen.last().copied()),
                None => assert_eq!(line.split('{').next(), seen.last().copied()),
            }
        }
        let distinct: BTreeSet<&str> = seen.iter().copied().collect();
        assert!(seen.len() > 10 && seen.len() == distinct.len(), "{seen:?}");
        // What a run of the night after finds, and replaces.
        let again = figures("a", 5);
        again.continue_from(&second);
        assert_eq!(received(&beside_other_shards(&again.text(), &second, &of(&["b"]), 3)), ["\"a\"} 6", "\"b\"} 2"]);
        // An account whose pipeline is gone, another number of shards, another file: nothing of it stays.
        let ours = figures("a", 1).text();
        for (file, others, shards) in [(&*second, &["c"][..], 3), (&second, &["b"], 4), (&second[1..], &["b"], 3)] {
            assert_eq!(received(&beside_other_shards(&ours, file, &of(others), shards)), ["\"a\"} 1"]);
        }
    }

    #[test]
    fn words_of_another_version_do_not_stand_beside_ours() {
        let heading = beside_other_shards("", "", &[], 2);
        let file = format!("{heading}# HELP x theirs\n# TYPE x gauge\nx{{account=\"b\"}} 1\n# HELP y gone\n# odd\n");
        let text =
            beside_other_shards("# HELP x ours\n# TYPE x counter\nx{account=\"a\"} 2\n", &file, &["b".to_owned()], 2);
        let expected = "# HELP x ours\n# TYPE x counter\nx{account=\"a\"} 2\nx{account=\"b\"} 1\n";
        assert_eq!(text, format!("{heading}{expected}"));
    }

    #[test]
    fn whatever_stands_in_the_file_before_is_no_reason_to_fail() {
        for text in
            ["", "tijian_runs_total{account=\"a\"} NaN", "tijian_runs_total{account=\"a\"} -1\n\0", "tijian_runs_total"]
        {
            let figures = Figures::of(vec!["a".to_owned()]);
            figures.continue_from(text);
            assert!(figures.text().contains("tijian_runs_total{account=\"a\"} 0\n"), "{text}");
        }
    }

    #[test]
    fn a_run_that_was_told_to_stop_says_nothing_about_its_account() {
        let figures = Figures::of(vec!["a".to_owned()]);
        let mut stopped = report(0);
        stopped.error = Some(RunError::Stopped(Stopped));
        figures.observe(&stopped, at(1000));
        assert!(!figures.text().contains("tijian_last_run_exit_code{"), "{}", figures.text());
        assert!(figures.text().contains("tijian_runs_total{account=\"a\"} 0\n"));
    }

    #[test]
    fn names_keep_to_the_conventions_and_account_is_the_only_label() {
        let figures = Figures::of(vec!["a".to_owned()]);
        figures.observe(&report(1), at(1000));
        figures.observe_backlogs(&[("a".to_owned(), 3, 4)]);
        let text = figures.text();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, rest) = line.split_once('{').unwrap();
            assert!(rest.starts_with("account=\"a\"} "), "{line}");
            let is_counter = text.contains(&format!("# TYPE {name} counter"));
            assert_eq!(name.ends_with("_total"), is_counter, "{line}");
            assert!(text.contains(&format!("# HELP {name} ")), "{line}");
        }
        assert!(text.contains("tijian_acknowledgements_pending{account=\"a\"} 3\n"));
        assert!(text.contains("tijian_quarantine_records{account=\"a\"} 4\n"));
    }

    #[test]
    fn rules_and_dashboard_name_figures_that_exist() {
        let figures = Figures::of(vec!["a".to_owned()]);
        figures.observe(&report(1), at(1000));
        figures.observe_backlogs(&[]);
        let text = figures.text();
        for file in
            [include_str!("../../deploy/prometheus/alerts.yml"), include_str!("../../deploy/grafana/tijian.json")]
        {
            let names = file.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
            let names: Vec<&str> = names.filter(|word| word.starts_with("tijian_")).collect();
            assert!(names.len() > 5, "{names:?}");
            for name in names {
                assert!(text.contains(&format!("# TYPE {name} ")), "{name}");
            }
        }
    }
}
