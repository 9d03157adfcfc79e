//! `tijian support`: what whoever helps is sent says enough, and nothing about a person.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use tijian::simulator::{Endpoint, Fault};

use crate::support::{Hospital, assert_discreet, marked_record};

/// The archive's files and their texts.
fn read(path: &Path) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut files = Vec::new();
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.push((file.name().unwrap().into_owned(), text));
    }
    files
}

/// What systemd says, by what: the line, and what of it goes into the archive. Its wordings are those of its versions 219 to 257.
const OF_SYSTEMD: [(&str, &str); 15] = [
    ("-- Boot 0123456789abcdef --", "-- Boot 0123456789abcdef --"),
    (
        "{1} Ignoring invalid environment assignment 'export DATABASE_URL=postgresql://u:very-secret@h/d': /etc/tijian/environment",
        "{1} Ignoring invalid environment assignment …",
    ),
    (
        "{1} /etc/tijian/environment:12: invalid UTF-8 value for key ZHELIBAN_SECRET: 'very-secret', ignoring.",
        "{1} /etc/tijian/environment:12: …",
    ),
    (
        "{1} tijian.service: /etc/systemd/system/tijian.service.d/a.conf:3: Unbalanced quoting, ignoring: \"'PGPASSWORD=very-secret\"",
        "{1} tijian.service: /etc/systemd/system/tijian.service.d/a.conf:3: …",
    ),
    (
        "{1} /etc/systemd/system/tijian.service.d/a.conf:4: Invalid environment assignment, ignoring: very-secret",
        "{1} /etc/systemd/system/tijian.service.d/a.conf:4: …",
    ),
    (
        "{1} /etc/systemd/system/tijian.service.d/a.conf:5: Failed to resolve unit specifiers in PW=very-secret%, ignoring: Invalid",
        "{1} /etc/systemd/system/tijian.service.d/a.conf:5: …",
    ),
    (
        "{1} [/etc/systemd/system/tijian.service.d/a.conf:6] Invalid environment assignment, ignoring: very-secret",
        "{1} [/etc/systemd/system/tijian.service.d/a.conf:6] …",
    ),
    ("{1} Environment variable assignment, ignoring: very-secret", "{1} Environment variable assignment, …"),
    // A value over two lines: a quotation mark is missing.
    (
        "{(tijian)[77]:} Ignoring invalid environment assignment 'A B=one",
        "{(tijian)[77]:} Ignoring invalid environment assignment …",
    ),
    ("                                    ZHELIBAN_SECRET=very-secret': /etc/tijian/environment", ""),
    ("{1} tijian.service: Failed with result 'exit-code'.", "{1} tijian.service: Failed with result 'exit-code'."),
    (
        "{1} tijian.service: State 'stop-sigterm' timed out. Killing.",
        "{1} tijian.service: State 'stop-sigterm' timed out. Killing.",
    ),
    (
        "{1} tijian.service: Scheduled restart job, restart counter is at 1.",
        "{1} tijian.service: Scheduled restart job, restart counter is at 1.",
    ),
    (
        "{alert.sh[78]:} the robot has not taken the message: {\"errmsg\":\"very-secret\"}",
        "{alert.sh[78]:} the robot has not taken the message: {…",
    ),
    // Our own, which says no secret, and quotes what must be changed.
    (
        "{tijian[79]:} error TJ-1201: pipelines/a.toml:3: account: must be 'a-z', ignoring nothing",
        "{tijian[79]:} error TJ-1201: pipelines/a.toml:3: account: must be 'a-z', ignoring nothing",
    ),
];

/// `{1}` is systemd itself.
fn as_journalctl_prints(line: &str) -> String {
    let line = line.replacen("{1}", "{systemd[1]:}", 1);
    match line.strip_prefix('{').and_then(|line| line.split_once('}')) {
        Some((by, message)) => format!("2026-11-25T02:30:00+0800 machine {by}{message}\n"),
        None => format!("{line}\n"),
    }
}

fn systemds_log() -> String {
    OF_SYSTEMD.iter().map(|(line, _)| as_journalctl_prints(line)).collect()
}

fn systemds_log_without_quotes() -> String {
    let kept = OF_SYSTEMD.iter().filter(|(_, kept)| !kept.is_empty());
    kept.map(|(_, kept)| as_journalctl_prints(kept)).collect()
}

/// Invariant: No explanation contains a delivered value, and no `Debug` a secret.
#[tokio::test(flavor = "multi_thread")]
async fn the_archive_for_a_ticket_says_what_happened_and_to_nobody() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![
        marked_record("M-1", ""),
        marked_record("M-2", r#""checkDate":"1949-12-31x","mobile":"13912345678901234567890""#),
        // A wrong check digit.
        marked_record("M-3", r#""idcard":"110105194912310021""#),
    ]);
    hospital.simulator.arm(Endpoint::Order, Fault::PlainSuccess, 1);
    hospital.night(&[]);
    hospital.simulator.arm(Endpoint::Callback, Fault::EncryptedFailure, 2);
    hospital.night(&[]);
    // What an operator should not have written into a comment.
    let secret = "was-the-key-before";
    let pipeline = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    std::fs::write(&hospital.pipeline_file, format!("# {secret}\n{pipeline}")).unwrap();
    // What systemd would say.
    let journalctl = hospital.dir.path().join("journalctl");
    std::fs::write(&journalctl, format!("#!/bin/sh\necho \"the log: $*\"\ncat <<'END'\n{}END\n", systemds_log()))
        .unwrap();
    std::fs::set_permissions(&journalctl, std::fs::Permissions::from_mode(0o755)).unwrap();

    let path = hospital.dir.path().join("ticket.zip");
    let support = || {
        let mut command = hospital.tijian();
        let programs = format!("{}:{}", hospital.dir.path().display(), std::env::var("PATH").unwrap());
        command.args(["support", "--out"]).arg(&path).arg(&hospital.pipeline_file).env("PATH", programs);
        crate::support::end(command)
    };
    let ended = support().expect(0);
    assert_eq!(ended.stdout, format!("{}: look through it, then send it to whoever helps you\n", path.display()));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let files = read(&path);
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let account = &hospital.pipeline.account;
    let wanted = ["versions.json", "variables.json", "doctor.json", "status.json", "log.txt"].map(str::to_owned);
    let wanted: Vec<String> =
        wanted.into_iter().chain([format!("pipelines/{account}.toml"), format!("contracts/{account}.toml")]).collect();
    assert_eq!(names, wanted);
    let text = |name: &str| &files.iter().find(|(other, _)| other == name).unwrap().1;
    let document = |name: &str| serde_json::from_str::<Value>(text(name)).unwrap();
    assert_eq!(document("versions.json")["tijian"], env!("CARGO_PKG_VERSION"));
    let set = document("variables.json")["set"].clone();
    assert!(set.as_array().unwrap().contains(&"TIJIAN_SITE_KEY".into()), "{set}");
    assert!(document("doctor.json")["checks"].as_array().unwrap().len() > 20);
    let runs = document("status.json")["accounts"][0]["runs"].clone();
    assert_eq!(runs.as_array().unwrap().len(), 2, "{runs}");
    assert!(text("log.txt").starts_with("the log: --no-pager"), "{}", text("log.txt"));
    assert!(text(&wanted[5]).contains("base_url") && text(&wanted[6]).contains("[fields.checkDate]"), "{files:?}");
    for (name, text) in &files {
        // The platform's secrets among them.
        assert_discreet(text, name);
        assert!(!text.contains(secret) && !text.contains("very-secret"), "{name}: {text}");
        for variable in ["TIJIAN_SITE_KEY", "DATABASE_URL"] {
            let value = hospital.settings.secret(&tijian::pipeline::SecretName { env: variable.to_owned() });
            let value = secrecy::ExposeSecret::expose_secret(&value.unwrap()).to_owned();
            assert!(!text.contains(&value), "{name} holds {variable}");
        }
    }
    let (first, rest) = text("log.txt").split_once('\n').unwrap();
    for unit in
        ["tijian.service", "tijian-watch.service", "tijian-alert@tijian.service", "tijian-alert@tijian-watch.service"]
    {
        assert!(first.contains(&format!("--unit {unit}")), "{first}");
    }
    assert_eq!(rest, systemds_log_without_quotes());

    let again = support().expect(2);
    assert!(again.stderr.contains("already exists and is never replaced"), "{}", again.stderr);
    assert_eq!(read(&path), files, "the first one stays as it is");
}

/// A user whom systemd shows no log is told so, in its place.
#[test]
fn a_log_that_may_not_be_read_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let journalctl = dir.path().join("journalctl");
    std::fs::write(
        &journalctl,
        "#!/bin/sh\necho 'No journal files were opened due to insufficient permissions.' >&2\nexit 1\n",
    )
    .unwrap();
    std::fs::set_permissions(&journalctl, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = crate::support::tijian(dir.path());
    let programs = format!("{}:{}", dir.path().display(), std::env::var("PATH").unwrap());
    command.args(["support", "--out", "ticket.zip"]).env("PATH", programs);
    crate::support::end(command).expect(0);
    let files = read(&dir.path().join("ticket.zip"));
    let (_, log) = files.iter().find(|(name, _)| name == "log.txt").unwrap();
    assert!(log.contains("exit status: 1 No journal files were opened due to insufficient permissions."), "{log}");
}

/// When nothing works, it is wanted most.
#[test]
fn the_archive_is_made_where_everything_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = crate::support::tijian(dir.path());
    command
        .args(["support", "--out", "ticket.zip"])
        .env("DATABASE_URL", "postgresql://nobody:secret-word@127.0.0.1:9/none");
    crate::support::end(command).expect(0);
    let files = read(&dir.path().join("ticket.zip"));
    let text = |name: &str| &files.iter().find(|(other, _)| other == name).unwrap().1;
    assert!(text("doctor.json").contains("cannot get a connection to PostgreSQL"), "{files:?}");
    let status: Value = serde_json::from_str(text("status.json")).unwrap();
    assert_eq!(status["code"], "TJ-4005");
    assert!(status["error"].as_str().unwrap().starts_with("cannot get a connection to PostgreSQL"), "{status}");
    let doctor: Value = serde_json::from_str(text("doctor.json")).unwrap();
    let check = |name: &str| doctor["checks"].as_array().unwrap().iter().find(|check| check["check"] == name).unwrap();
    // With its causes it is the same error.
    assert_eq!(check("database")["code"], "TJ-4005", "{doctor}");
    assert!(check("database")["finding"].as_str().unwrap().contains("): "), "{doctor}");
    assert!(check("migrations")["code"].is_null(), "{doctor}");
    assert!(files.iter().all(|(_, text)| !text.contains("secret-word")), "{files:?}");

    let nowhere = crate::support::run_in(dir.path(), &["support", "--out", "no/such/folder/ticket.zip"]).expect(2);
    assert!(nowhere.stderr.contains("there is no folder no/such/folder for --out"), "{}", nowhere.stderr);
}
