//! The files of `deploy/` and `docs/` say of exit statuses and secrets what the program does. That they work is tried where
//! their programs are: `tests/package/try.sh`.

use std::os::unix::fs::PermissionsExt;

const SERVICE: &str = include_str!("../../../deploy/systemd/tijian.service");
const WATCH: &str = include_str!("../../../deploy/systemd/tijian-watch.service");
const CRON: &str = include_str!("../../../deploy/cron/tijian");
const CRON_JOB: &str = include_str!("../../../deploy/kubernetes/cronjob.yaml");
const DAG: &str = include_str!("../../../deploy/airflow/tijian_nightly.py");
const ENVIRONMENT: &str = include_str!("../../../deploy/environment");

/// Each scheduler: 0 and 3 are a night that is done, 1, 2 and 5 are for a person, 4 and 75 for another run.
#[test]
fn every_scheduler_tells_apart_what_is_done_what_heals_and_what_needs_a_person() {
    for (file, said) in [
        (SERVICE, "\nSuccessExitStatus=3\n"),
        (SERVICE, "\nRestart=on-failure\nRestartPreventExitStatus=1 2 5\n"),
        // Its rounds heal by themselves; what ends it is a definition, or the database's refusal.
        (WATCH, "\nRestart=on-failure\nRestartPreventExitStatus=2\n"),
        (
            CRON_JOB,
            "- action: FailJob\n            onExitCodes:\n              containerName: tijian\n              operator: In\n              values: [1, 2, 5]\n",
        ),
        (CRON_JOB, "[ $status = 3 ] && exit 0\n"),
        (CRON_JOB, "restartPolicy: Never\n"),
        (DAG, "\nDONE = {0, 3}\n"),
        (DAG, "\nNEEDS_A_PERSON = {1: \"failed\", 2: \"usage or definition error\", 5: "),
    ] {
        assert!(file.contains(said), "{said}");
    }
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
        let pages: Vec<&str> = text.split("\n## ").skip(1).collect();
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

/// By hand and by the package, the script comes to where its unit starts it.
#[test]
fn the_unit_that_hands_finance_files_over_starts_what_the_package_brings() {
    let (unit, package) =
        (include_str!("../../../deploy/finance/tijian-finance.service"), include_str!("../../../Cargo.toml"));
    let (_, started) = unit.split_once("\nExecStart=/").unwrap();
    let (folder, name) = started.lines().next().unwrap().rsplit_once('/').unwrap();
    let asset = format!("[\"deploy/finance/{name}\", \"{folder}/\", \"755\"],");
    assert!(package.contains(&asset), "{asset}");
    for page in
        [include_str!("../../../docs/files-to-finance.md"), include_str!("../../../docs/files-to-finance.zh-CN.md")]
    {
        assert!(page.contains(&format!("install -D -m 0755 deploy/finance/{name} /{folder}/{name}\n")));
    }
}

/// What hands finance files over: each once, whole ones only, a manifest after its file.
#[test]
fn finance_files_are_handed_over_once_and_whole() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    let write = |name: &str| {
        std::fs::create_dir_all(place(name).parent().unwrap()).unwrap();
        std::fs::write(place(name), name).unwrap();
    };
    for file in ["demo_finance_delta_000001.xlsx", "2026-11/demo_财务增量_000002 \"b\".xlsx"] {
        write(&format!("export/{file}"));
        write(&format!("export/{file}.manifest.json"));
    }
    write("export/months/demo_finance_month_2026-10.csv");
    write("export/demo_finance_delta_000003.xlsx");
    write("export/.tijian-demo.1.tmp");
    std::fs::create_dir(place("state")).unwrap();
    let deliver = |way: &str| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/finance/deliver.sh");
        let mut command = std::process::Command::new("sh");
        // As under systemd: what is new is closed to others.
        command
            .args(["-c", "umask 0027; exec sh \"$0\"", script])
            .env("FINANCE_DIR", place("export"))
            .env("STATE_DIRECTORY", place("state"));
        let ended = command.env("FINANCE_TO", format!("{way}:{}", place("office").display())).output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap())
    };
    let first = deliver("folder");
    let sent = [
        "2026-11/demo_财务增量_000002 \"b\".xlsx",
        "2026-11/demo_财务增量_000002 \"b\".xlsx.manifest.json",
        "demo_finance_delta_000001.xlsx",
        "demo_finance_delta_000001.xlsx.manifest.json",
        "months/demo_finance_month_2026-10.csv",
    ];
    assert_eq!(first, (Some(0), sent.map(|file| format!("sent: {file}\n")).concat(), String::new()));
    for file in sent {
        assert_eq!(std::fs::read_to_string(place("office").join(file)).unwrap(), format!("export/{file}"));
    }
    let count = |dir: &std::path::Path| std::fs::read_dir(dir).unwrap().count();
    assert_eq!((count(&place("office")), count(&place("office/2026-11"))), (4, 2), "and nothing else");
    assert_eq!(deliver("folder"), (Some(0), String::new(), String::new()), "each once");

    write("export/demo_finance_delta_000003.xlsx.manifest.json");
    assert!(deliver("folder").1.starts_with("sent: demo_finance_delta_000003.xlsx\n"));
    let (code, stdout, stderr) = deliver("share");
    assert!(code == Some(1) && stdout.is_empty() && stderr.contains("mount the share"), "{stderr}");
    assert_eq!(deliver("fax").0, Some(2));

    // Who may read it here may read it there.
    let mode = |file: &str| place(file).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("office/demo_finance_delta_000003.xlsx"), mode("export/demo_finance_delta_000003.xlsx") & 0o750);

    // What has become another file goes again.
    std::fs::write(place("export/demo_finance_delta_000003.xlsx"), "newer").unwrap();
    assert_eq!(deliver("folder"), (Some(0), "sent: demo_finance_delta_000003.xlsx\n".to_owned(), String::new()));
    assert_eq!(std::fs::read_to_string(place("office/demo_finance_delta_000003.xlsx")).unwrap(), "newer");

    // One that cannot be sent is not marked as sent and holds up no other, and the exit status says so.
    write("export/demo_finance_delta_000004.xlsx");
    write("export/demo_finance_delta_000004.xlsx.manifest.json");
    write("export/demo_finance_delta_000005.xlsx");
    write("export/demo_finance_delta_000005.xlsx.manifest.json");
    std::fs::create_dir(place("office/demo_finance_delta_000004.xlsx")).unwrap();
    let (code, stdout, stderr) = deliver("folder");
    assert!(code == Some(1) && stderr.contains("not sent: demo_finance_delta_000004.xlsx\n"), "{stderr}");
    assert!(stdout.starts_with("sent: demo_finance_delta_000005.xlsx\n") && !stdout.contains("000004"), "{stdout}");
    std::fs::remove_dir(place("office/demo_finance_delta_000004.xlsx")).unwrap();
    let (code, stdout, _) = deliver("folder");
    assert!(code == Some(0) && stdout.starts_with("sent: demo_finance_delta_000004.xlsx\n"), "{stdout}");
}
