//! The files of `deploy/` and `docs/` say of exit statuses and secrets what the program does. That they work is tried where
//! their programs are: `tests/package/try.sh`.

mod alert;
mod finance;

const SERVICE: &str = include_str!("../../../deploy/systemd/tijian.service");
const ALERT: &str = include_str!("../../../deploy/alert/alert.sh");
const WATCH: &str = include_str!("../../../deploy/systemd/tijian-watch.service");
const CRON: &str = include_str!("../../../deploy/cron/tijian");
const CRON_JOB: &str = include_str!("../../../deploy/kubernetes/cronjob.yaml");
const DAG: &str = include_str!("../../../deploy/airflow/tijian_nightly.py");
const ENVIRONMENT: &str = include_str!("../../../deploy/environment");

/// Each scheduler: 0 and 3 are a night that is done, 1, 2 and 5 are for a person, 4 and 75 for another run.
#[test]
fn every_scheduler_tells_apart_what_is_done_what_passes_and_what_needs_a_person() {
    for (file, said) in [
        (SERVICE, "\nSuccessExitStatus=3\n"),
        (SERVICE, "\nOnFailure=tijian-alert@%p.service\n"),
        // Refused together by systemd before 244.
        (SERVICE, "\nType=simple\n"),
        (WATCH, "\nOnFailure=tijian-alert@%p.service\n"),
        (ALERT, "75) echo"),
        (SERVICE, "\nRestart=on-failure\nRestartPreventExitStatus=1 2 5\n"),
        // Its rounds recover by themselves; what ends it is a definition, or the database's refusal.
        (WATCH, "\nRestart=on-failure\nRestartPreventExitStatus=2\n"),
        (
            CRON_JOB,
            "- action: FailIndex\n            onExitCodes:\n              containerName: tijian\n              operator: In\n              values: [1, 2, 5]\n",
        ),
        (CRON_JOB, "[ $status = 3 ] && exit 0\n"),
        (CRON_JOB, "restartPolicy: Never\n"),
        (DAG, "\nDONE = {0, 3}\n"),
        (DAG, "\nNEEDS_A_PERSON = {1: \"failed\", 2: \"usage or definition error\", 5: "),
    ] {
        assert!(file.contains(said), "{said}");
    }
}

/// A number that differed somewhere would leave accounts out.
#[test]
fn shards_are_as_many_as_the_tasks_that_work_on_them() {
    let after = |file: &'static str, words: &str| {
        let (_, rest) = file.split_once(words).unwrap_or_else(|| panic!("{words}"));
        rest.lines().next().unwrap().trim_matches('"').parse::<u32>().unwrap()
    };
    let shards = after(CRON_JOB, "- name: SHARDS\n                  value: ");
    assert_eq!(after(CRON_JOB, "\n      completionMode: Indexed\n      completions: "), shards);
    assert_eq!(after(CRON_JOB, "\n      parallelism: "), shards);
    assert!(CRON_JOB.contains("tijian run --log-format json --shard \"$JOB_COMPLETION_INDEX/$SHARDS\" & run=$!\n"));
    // Without a limit of its own for each, the first shard that needs a person would end all others.
    assert!(CRON_JOB.contains("\n      backoffLimitPerIndex: 10\n") && !CRON_JOB.contains("backoffLimit:"));
    assert_eq!(after(DAG, "\nSHARDS = "), 1);
    assert!(DAG.contains("[*COMMAND, \"--shard\", f\"{index}/{SHARDS}\"]"));
    assert!(DAG.contains("run.expand(index=list(range(SHARDS)))"));
}

/// systemd has no way to share these lines.
#[test]
fn the_rounds_may_do_what_a_night_may_and_no_more() {
    let closed = |unit: &'static str| {
        let (_, settings) = unit.split_once("\nUMask=").unwrap();
        let settings = settings.split_once("\n[Install]").map_or(settings, |(settings, _)| settings);
        settings.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect::<Vec<_>>()
    };
    assert!(closed(SERVICE).len() > 25);
    assert_eq!(closed(WATCH), closed(SERVICE));
    for shared in ["User=", "WorkingDirectory=", "EnvironmentFile=", "After=", "Wants=", "StartLimit"] {
        let lines = |unit: &'static str| unit.lines().filter(|line| line.starts_with(shared)).collect::<Vec<_>>();
        assert!(!lines(SERVICE).is_empty() && lines(WATCH) == lines(SERVICE), "{shared}");
    }
}

#[test]
fn the_runbook_has_a_page_per_exit_status_in_both_languages() {
    let english = include_str!("../../../docs/runbook.md");
    let chinese = include_str!("../../../docs/runbook.zh-CN.md");
    for (text, colon, parts) in [
        (english, ": ", ["**What happened.**", "**What is safe.**", "**What to do.**"]),
        (chinese, "：", ["**发生了什么。**", "**哪些是安全的。**", "**怎么办。**"]),
    ] {
        // The last one is the list of codes.
        let pages: Vec<&str> = text.split("\n## ").skip(1).filter(|page| page.contains(parts[0])).collect();
        let statuses: Vec<&str> = pages.iter().map(|page| page.split_once(colon).unwrap().0).collect();
        assert_eq!(statuses, ["0", "1", "2", "3", "4", "5", "75"]);
        for page in pages {
            for part in parts {
                // "What to do, in the morning."
                assert!(page.contains(part.trim_end_matches(".**")), "{part} is missing in\n{page}");
            }
        }
    }
}

/// cron ignores a last line without an end, and takes the sixth field of a system crontab for the user.
#[test]
fn the_cron_line_is_one_that_cron_reads() {
    assert!(CRON.ends_with('\n'));
    let lines: Vec<&str> = CRON.lines().filter(|line| line.starts_with(|sign: char| sign.is_ascii_digit())).collect();
    let [line] = lines[..] else { panic!("{lines:?}") };
    let fields: Vec<&str> = line.split(' ').collect();
    assert_eq!(fields[..6], ["30", "2,3,4", "*", "*", "*", "root"]);
    assert!(!line.contains('%'), "cron makes a new line of it");
}

#[test]
fn the_template_of_secrets_holds_none() {
    for line in ENVIRONMENT.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, value) = line.split_once('=').unwrap();
        assert_eq!(value, if name == "TIJIAN_DATA_DIR" { "'/var/lib/tijian'" } else { "''" }, "{name}");
    }
}

/// The first start counts, and a hospital reads how long it takes until somebody is told.
#[test]
fn the_pages_say_how_often_systemd_runs_a_night() {
    assert!(SERVICE.contains("\nStartLimitBurst=6\n") && SERVICE.contains("six runs in all"));
    for (page, said) in [
        (include_str!("../../../docs/install.md"), "six runs in all"),
        (include_str!("../../../docs/runbook.md"), "six runs in all"),
        (include_str!("../../../docs/install.zh-CN.md"), "连同第一次最多六次"),
        (include_str!("../../../docs/runbook.zh-CN.md"), "连同第一次最多六次"),
    ] {
        assert!(page.contains(said), "{said}");
    }
}
