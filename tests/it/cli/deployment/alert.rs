//! `deploy/alert`: who is told of a failed night, by a robot that people read and by mail, and in how few words.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::Engine;

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

/// Puts a script in the place of a program.
fn play(dir: &Path, name: &str, script: String) {
    let program = dir.join(name);
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_failed_night_is_told_to_a_robot_that_people_read_and_by_mail() {
    let dir = tempfile::tempdir().unwrap();
    // What systemd has to say, played.
    let journal =
        "\u{1b}[31mINFO a line\naccount our-hospital:\nerror TJ-2004: cannot reach \"the platform\"\n  because: x\\y\n";
    std::fs::write(dir.path().join("journal"), journal).unwrap();
    play(
        dir.path(),
        "journalctl",
        format!("[ \"$1\" != _SYSTEMD_INVOCATION_ID=abc ] || cat {}/journal", dir.path().display()),
    );
    play(
        dir.path(),
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
    play(dir.path(), "sendmail", sendmail.to_owned());
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
        play(dir.path(), name, script);
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
    let unit = include_str!("../../../../deploy/alert/tijian-alert@.service");
    let settings: Vec<&str> =
        unit.lines().filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.split_once('=')?.0)).collect();
    assert!(settings.contains(&"ProtectSystem") && settings.contains(&"User"), "{settings:?}");
    let in_the_way = |name: &&str| NO_NEW_PRIVILEGES.contains(name) || *name == "CapabilityBoundingSet";
    assert_eq!(settings.iter().copied().find(in_the_way), None);
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
