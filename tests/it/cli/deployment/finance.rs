//! `deploy/finance`: files are handed to finance each once, and whole.

use std::os::unix::fs::PermissionsExt;

/// By hand and by the package, the script comes to where its unit starts it.
#[test]
fn the_unit_that_hands_finance_files_over_starts_what_the_package_brings() {
    let (unit, stage) = (
        include_str!("../../../../deploy/finance/tijian-finance.service"),
        include_str!("../../../../deploy/stage.sh"),
    );
    let (_, started) = unit.split_once("\nExecStart=/").unwrap();
    let (folder, name) = started.lines().next().unwrap().rsplit_once('/').unwrap();
    let staged = stage.lines().find(|line| line.contains(&format!("deploy/finance/{name}"))).unwrap();
    assert!(staged.starts_with("install -m 0755 ") && staged.ends_with(&format!("\"$root/{folder}/\"")), "{staged}");
    for page in [
        include_str!("../../../../docs/files-to-finance.md"),
        include_str!("../../../../docs/files-to-finance.zh-CN.md"),
    ] {
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
