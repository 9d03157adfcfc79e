//! The files of `deploy/` and `docs/` say of exit statuses and secrets what the program does. That they work is tried where
//! their programs are: `tests/package/try.sh`.

use std::os::unix::fs::PermissionsExt;

use base64::Engine;

const SERVICE: &str = include_str!("../../../deploy/systemd/tijian.service");
const ALERT: &str = include_str!("../../../deploy/alert/alert.sh");
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

/// By hand and by the package, the script comes to where its unit starts it.
#[test]
fn the_unit_that_hands_finance_files_over_starts_what_the_package_brings() {
    let (unit, stage) =
        (include_str!("../../../deploy/finance/tijian-finance.service"), include_str!("../../../deploy/stage.sh"));
    let (_, started) = unit.split_once("\nExecStart=/").unwrap();
    let (folder, name) = started.lines().next().unwrap().rsplit_once('/').unwrap();
    let staged = stage.lines().find(|line| line.contains(&format!("deploy/finance/{name}"))).unwrap();
    assert!(staged.starts_with("install -m 0755 ") && staged.ends_with(&format!("\"$root/{folder}/\"")), "{staged}");
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

/// A robot as those of 企业微信 and 钉钉: takes one message, and says in its answer whether it likes it.
fn robot(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/robot/send?access_token=very-secret", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut piece = [0; 4096];
        let is_whole = |request: &[u8]| {
            let text = String::from_utf8_lossy(request).into_owned();
            let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok());
            length == Some(body.len())
        };
        while !is_whole(&request) {
            let read = peer.read(&mut piece).unwrap();
            assert!(read > 0, "the request ends early");
            request.extend_from_slice(&piece[..read]);
        }
        write!(peer, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}", answer.len())
            .unwrap();
        String::from_utf8(request).unwrap()
    });
    (url, heard)
}

#[test]
fn a_failed_night_is_told_to_a_robot_that_people_read_and_by_mail() {
    let dir = tempfile::tempdir().unwrap();
    // What systemd has to say, played.
    let journal =
        "\u{1b}[31mINFO a line\naccount our-hospital:\nerror TJ-2004: cannot reach \"the platform\"\n  because: x\\y\n";
    std::fs::write(dir.path().join("journal"), journal).unwrap();
    let play = |name: &str, script: String| {
        let program = dir.path().join(name);
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    play("journalctl", format!("[ \"$1\" != _SYSTEMD_INVOCATION_ID=abc ] || cat {}/journal", dir.path().display()));
    play(
        "systemctl",
        "case $4 in InvocationID) echo InvocationID=${INVOCATION-abc} ;; *) echo ExecMainStatus=9 ;; esac".to_owned(),
    );
    let alert = |settings: &[(&str, &str)], argument: &str| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/alert/alert.sh");
        let path = format!("{}:{}", dir.path().display(), std::env::var("PATH").unwrap());
        let mut command = std::process::Command::new("sh");
        command.arg(script).arg(argument).env("PATH", path).env("no_proxy", "*").envs(settings.iter().copied());
        let ended = command.output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    let content = |request: &str| {
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["msgtype"], "text");
        body["text"]["content"].as_str().unwrap().to_owned()
    };

    let (url, heard) = robot("{\"errcode\":0,\"errmsg\":\"ok\"}");
    assert_eq!(alert(&[("ALERT_URL", &url), ("EXIT_STATUS", "1")], "tijian.service"), (Some(0), String::new()));
    let said = content(&heard.join().unwrap());
    assert!(said.contains("tijian.service 退出码 1，失败，需要人工处理\n"), "{said}");
    assert!(said.contains("\naccount our-hospital:\nerror TJ-2004: cannot reach \"the platform\"\n"), "{said}");
    assert!(!said.contains("INFO") && !said.contains("very-secret"), "{said}");

    let (url, heard) = robot("{\"errcode\": 0}");
    assert_eq!(alert(&[("ALERT_URL", &url)], "--test"), (Some(0), String::new()));
    assert!(content(&heard.join().unwrap()).ends_with("告警测试"));

    // A night that was killed has nothing to say, and an earlier one's errors are not its.
    let (url, heard) = robot("{\"errcode\": 0}");
    let killed = [("ALERT_URL", url.as_str()), ("INVOCATION", "")];
    assert_eq!(alert(&killed, "tijian.service"), (Some(0), String::new()));
    let said = content(&heard.join().unwrap());
    assert!(said.contains("退出码 9，异常结束") && !said.contains("TJ-2004"), "{said}");

    // Nothing of the program has run.
    let (url, heard) = robot("{\"errcode\": 0}");
    assert_eq!(alert(&[("ALERT_URL", &url), ("EXIT_STATUS", "217")], "tijian.service"), (Some(0), String::new()));
    assert!(content(&heard.join().unwrap()).contains("退出码 217，systemd 未能启动程序"));

    // It answers with 200 and refuses all the same; it is gone; nobody is named.
    let (url, heard) = robot("{\"errcode\":93000,\"errmsg\":\"invalid webhook url\"}");
    let (code, said) = alert(&[("ALERT_URL", &url), ("EXIT_STATUS", "2")], "tijian.service");
    assert!(code == Some(1) && said.contains("93000"), "{said}");
    heard.join().unwrap();
    assert_eq!(alert(&[("ALERT_URL", "http://127.0.0.1:9/"), ("EXIT_STATUS", "2")], "tijian.service").0, Some(1));
    assert_eq!(alert(&[], "tijian.service").0, Some(2));

    // Mail, as a machine's sendmail hands it over: a conversation with a server, which may be down.
    let sendmail = "[ \"$*\" = '-t -i' ] || exit 64\nmail=$(cat)\n\
                    to=$(printf '%s\\n' \"$mail\" | sed -n 's/^To: //p')\n\
                    printf '%s\\n' \"$mail\" | curl --silent --show-error --max-time 30 --upload-file - --crlf \
                    --mail-from tijian@localhost --mail-rcpt \"$to\" \"smtp://$MAIL_SERVER\"";
    play("sendmail", sendmail.to_owned());
    let text_of = |mail: &str| {
        let (head, body) = mail.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("To: duty@hospital.example\r\nSubject: =?UTF-8?B?"), "{head}");
        let body = body.lines().collect::<String>();
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(body).unwrap()).unwrap()
    };
    let mail = ("ALERT_MAIL", "duty@hospital.example");
    let (server, taken) = mail_server();
    let at = ("MAIL_SERVER", server.as_str());
    assert_eq!(alert(&[mail, at, ("EXIT_STATUS", "1")], "tijian.service"), (Some(0), String::new()));
    let (recipient, written) = taken.join().unwrap();
    assert_eq!(recipient, "<duty@hospital.example>");
    let written = text_of(&written);
    assert!(written.contains("tijian.service 退出码 1，失败，需要人工处理\n"), "{written}");
    assert!(written.contains("\nerror TJ-2004: cannot reach \"the platform\"\n"), "{written}");
    assert!(!written.contains("INFO") && !written.contains("very-secret"), "{written}");

    // Both ways, of which one fails: the other is told all the same, and the failure is seen.
    let ((url, heard), (server, taken)) = (robot("{\"errcode\":93000}"), mail_server());
    let (code, said) = alert(&[("ALERT_URL", &url), mail, ("MAIL_SERVER", &server)], "--test");
    assert!(code == Some(1) && said.contains("93000"), "{said}");
    heard.join().unwrap();
    assert!(text_of(&taken.join().unwrap().1).ends_with("告警测试\n"));
    let (url, heard) = robot("{\"errcode\":0}");
    let down = ("MAIL_SERVER", "127.0.0.1:9");
    let (code, said) = alert(&[("ALERT_URL", &url), mail, down], "--test");
    assert!(code == Some(1) && said.contains("curl: (7)"), "{said}");
    assert!(content(&heard.join().unwrap()).ends_with("告警测试"));
    assert_eq!(alert(&[mail, down], "--test").0, Some(1));
}

/// A robot of 企业微信 refuses a text of more than 2,048 bytes, and a night that failed in Chinese says more in six lines.
#[test]
fn an_alert_is_short_enough_for_a_robot_and_keeps_the_beginning_of_every_error() {
    let dir = tempfile::tempdir().unwrap();
    let errors: Vec<String> = (1..=6)
        .map(|number| format!("错误 TJ-200{number}：{}{}", "x".repeat(number), "无法连接平台".repeat(60)))
        .collect();
    std::fs::write(dir.path().join("journal"), errors.join("\n") + "\n").unwrap();
    for (name, script) in [
        ("journalctl", format!("cat {}/journal", dir.path().display())),
        ("systemctl", "echo InvocationID=abc".to_owned()),
        ("uname", format!("echo {}", "m".repeat(64))),
    ] {
        let program = dir.path().join(name);
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (url, heard) = robot("{\"errcode\":0}");
    let path = format!("{}:{}", dir.path().display(), std::env::var("PATH").unwrap());
    let mut command = std::process::Command::new("sh");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/alert/alert.sh")).arg("tijian-watch.service");
    command.env("PATH", path).env("no_proxy", "*").env("ALERT_URL", url).env("EXIT_STATUS", "1");
    let ended = command.output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    // It reads as UTF-8 there.
    let request = heard.join().unwrap();
    let body: serde_json::Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let text = body["text"]["content"].as_str().unwrap();
    assert!(text.len() <= 2048 && !text.contains('\u{fffd}'), "{} bytes: {text}", text.len());
    for error in &errors {
        let beginning: String = error.chars().take(80).collect();
        assert!(text.contains(&format!("\n{beginning}")), "{beginning}\n{text}");
    }
    assert!(text.ends_with("\n请在该机器上执行 tijian status 和 tijian doctor"), "{text}");
}

/// systemd.exec(5): a user's unit with one of these has no new privileges, so a set-gid `sendmail` has no access to its queue.
const NO_NEW_PRIVILEGES: [&str; 17] = [
    "DynamicUser",
    "LockPersonality",
    "MemoryDenyWriteExecute",
    "NoNewPrivileges",
    "PrivateDevices",
    "ProtectClock",
    "ProtectHostname",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "RestrictAddressFamilies",
    "RestrictNamespaces",
    "RestrictRealtime",
    "RestrictSUIDSGID",
    "SystemCallArchitectures",
    "SystemCallFilter",
    "SystemCallLog",
];

#[test]
fn the_unit_that_alerts_lets_sendmail_be_what_it_is() {
    let unit = include_str!("../../../deploy/alert/tijian-alert@.service");
    let settings: Vec<&str> =
        unit.lines().filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert!(settings.contains(&"ProtectSystem") && settings.contains(&"User"), "{settings:?}");
    let in_the_way = |name: &&str| NO_NEW_PRIVILEGES.contains(name) || *name == "CapabilityBoundingSet";
    assert_eq!(settings.iter().copied().find(in_the_way), None);
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

/// A mail server that takes one message: its address, and to whom it goes and what it says.
fn mail_server() -> (String, std::thread::JoinHandle<(String, String)>) {
    use std::io::{BufRead, BufReader, Write};

    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let taken = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(peer.try_clone().unwrap());
        let mut line = || {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "the conversation ends early");
            line
        };
        let mut say = |answer: &str| write!(peer, "{answer}\r\n").unwrap();
        let (mut recipient, mut mail) = (String::new(), String::new());
        say("220 localhost");
        loop {
            let command = line();
            let command = command.trim_end();
            if let Some(to) = command.strip_prefix("RCPT TO:") {
                recipient = to.to_owned();
            }
            match command {
                "DATA" => {
                    say("354 go on");
                    loop {
                        match line() {
                            end if end == ".\r\n" => break,
                            text => mail.push_str(&text),
                        }
                    }
                    say("250 taken");
                }
                "QUIT" => {
                    say("221 good bye");
                    return (recipient, mail);
                }
                _ => say("250 good"),
            }
        }
    });
    (address, taken)
}
