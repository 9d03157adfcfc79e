//! The engine's process: starting it, waiting for it, ending it.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::NamedTempFile;
use tokio::process::{Child, ChildStdin, Command};

use crate::engine::EngineError;

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long it may take to end once it is asked to.
const ENDING: Duration = Duration::from_secs(15);

/// What a shell says of a program that is not there, and of one that it may not run.
const NOT_FOUND: [i32; 2] = [126, 127];

/// The beginning of a shell script: a process that belongs to nobody reads our end of a pipe, and when we are gone, however we ended,
/// it kills the engine with all its children, itself included. It outlasts a request to end.
const GUARD: &str =
    "exec 3<&0 </dev/null; ((trap '' HUP INT TERM; read -r _ <&3; kill -s KILL 0) &) >/dev/null 2>&1; exec 3<&-;";

/// Its end, after what the operator has written. Of the engine's settings, those without which ours would
/// not work: no database of tables in the working folder, and our SQL as it is.
const OPTIONS: &str = "--name tijian-lake \
    --conf spark.sql.catalogImplementation=in-memory --conf spark.sql.variable.substitute=false \"$@\"";

/// What is seen of the engine's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Nothing: it may be waiting for a free core, and would do so for ever.
    None,
    AtWork,
    /// Somebody has asked to stop.
    Stop,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with all its work done.
    Done,
    /// Somebody has asked to stop.
    OnRequest,
}

/// An engine that was started.
pub struct EngineProcess {
    child: Child,
    group: Option<Pid>,
    /// What the guard reads: closed with this, or with us.
    _alive: Option<ChildStdin>,
    command: String,
    log: PathBuf,
    /// Read by the engine; gone with this.
    _script: NamedTempFile,
}

/// The name under which the engine's machines run the worker: it is in our SQL, and in a shell's line.
pub fn worker_name(worker: &Path) -> Result<&str, EngineError> {
    let is_there = worker.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    if !is_there {
        return Err(EngineError::NoWorker { path: worker.to_owned() });
    }
    let is_plain = |name: &&str| name.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"._-".contains(&sign));
    let name = worker.file_name().and_then(|name| name.to_str()).filter(is_plain);
    // The engine takes a list of files: a comma would end this one.
    let path = worker.to_str().filter(|path| !path.contains(','));
    name.zip(path).map(|(name, _)| name).ok_or_else(|| EngineError::WorkerName { path: worker.to_owned() })
}

impl EngineProcess {
    /// Starts the engine (`command` as in a shell's line) on our SQL, with the worker beside it, and without the variables that hold
    /// `secrets`. What it says goes into `rebuild.log` in `dir`.
    pub fn start(
        command: &str,
        worker: &Path,
        secrets: &[String],
        sql: &str,
        dir: &Path,
    ) -> Result<EngineProcess, EngineError> {
        std::fs::create_dir_all(dir).map_err(EngineError::io("create the folder", dir))?;
        let mut script = tempfile::Builder::new()
            .suffix(".sql")
            .tempfile_in(dir)
            .map_err(EngineError::io("create a temporary file for", dir))?;
        script.write_all(sql.as_bytes()).map_err(EngineError::io("write", script.path()))?;
        let log = dir.join("rebuild.log");
        let output = NamedTempFile::new_in(dir).map_err(EngineError::io("create", &log))?;
        // Of two engines at once, each writes its own; the name is the newest one's.
        let output = output.persist(&log).map_err(|error| EngineError::io("create", &log)(error.error))?;
        let errors = output.try_clone().map_err(EngineError::io("create", &log))?;
        let mut engine = Command::new("/bin/sh");
        for name in secrets {
            engine.env_remove(name);
        }
        let mut child = engine
            .args(["-c", &format!("{GUARD} exec env {command} {OPTIONS}"), "tijian"])
            .arg("--files")
            .arg(worker)
            .arg("-f")
            .arg(script.path())
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            // It may have children of its own.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(EngineError::io("run sh for", dir))?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let alive = child.stdin.take();
        Ok(EngineProcess { child, group, _alive: alive, command: command.to_owned(), log, _script: script })
    }

    /// Waits for its end. `look` says what is seen of its work; without a sign of it, it ends after `patience`.
    pub async fn end(mut self, patience: Duration, mut look: impl AsyncFnMut() -> Sign) -> Result<Ended, EngineError> {
        let begin = Instant::now();
        let mut is_at_work = false;
        loop {
            if let Ok(status) = tokio::time::timeout(LOOK_EVERY, self.child.wait()).await {
                let status = status.map_err(EngineError::io("run sh for", &self.log))?;
                return self.judge(status);
            }
            match look().await {
                Sign::Stop => {
                    self.interrupt().await;
                    return Ok(Ended::OnRequest);
                }
                Sign::AtWork => is_at_work = true,
                Sign::None => {}
            }
            if !is_at_work && begin.elapsed() >= patience {
                self.interrupt().await;
                return Err(EngineError::NoCores { patience, log: self.log.clone() });
            }
        }
    }

    fn judge(&self, status: ExitStatus) -> Result<Ended, EngineError> {
        let log = self.log.clone();
        match (status.code(), status.signal()) {
            (Some(0), _) => Ok(Ended::Done),
            (Some(code), _) if NOT_FOUND.contains(&code) => {
                // Its options may hold a secret, and so may a variable in front of it.
                let first = self.command.split_whitespace().next().unwrap_or_default();
                let command = first.split('=').next().unwrap_or_default().to_owned();
                Err(EngineError::NotFound { command, log })
            }
            (Some(status), _) => Err(EngineError::Failed { status, log }),
            (None, signal) => Err(EngineError::Killed { signal: signal.unwrap_or_default(), log }),
        }
    }

    /// Lets it give its cores back; if it does not, it is killed.
    async fn interrupt(&mut self) {
        self.signal(Signal::TERM);
        if tokio::time::timeout(ENDING, self.child.wait()).await.is_err() {
            self.signal(Signal::KILL);
            let _ = self.child.wait().await;
        }
    }

    fn signal(&self, signal: Signal) {
        // It may be gone: then nobody is left to be told.
        let _ = self.group.map(|group| kill_process_group(group, signal));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// Runs an "engine" that is a line of a shell.
    async fn ended(command: &str, patience: Duration, sign: Sign) -> (Result<Ended, EngineError>, String) {
        let dir = tempfile::tempdir().unwrap();
        let worker = dir.path().join("tijian");
        // One that is always set in a test.
        let secrets = ["CARGO_MANIFEST_DIR".to_owned()];
        let engine = EngineProcess::start(command, &worker, &secrets, "select 1;", dir.path()).unwrap();
        let result = engine.end(patience, async || sign).await;
        (result, std::fs::read_to_string(dir.path().join("rebuild.log")).unwrap())
    }

    #[tokio::test]
    async fn it_is_given_the_worker_and_the_script_and_its_words_are_kept() {
        let engine = r#"sh -c 'echo "$@"; echo sad >&2; echo "[$CARGO_MANIFEST_DIR]"; while [ "$1" != -f ]; do shift; done; cat "$2"' sh"#;
        let (result, said) = ended(engine, PATIENCE, Sign::None).await;
        assert_eq!(result.unwrap(), Ended::Done);
        assert!(said.contains("--files") && said.contains("/tijian -f ") && said.contains(".sql\n"), "{said}");
        assert!(said.contains("sad\n") && said.contains("select 1;") && said.contains("[]\n"), "{said}");
    }

    #[tokio::test]
    async fn variables_may_stand_before_it() {
        let (result, said) = ended(r#"KEY='a b' sh -c 'echo "[$KEY]"' sh"#, PATIENCE, Sign::None).await;
        assert_eq!((result.unwrap(), said.as_str()), (Ended::Done, "[a b]\n"));
    }

    #[tokio::test]
    async fn each_end_has_its_name() {
        let (missing, _) = ended("no-such-engine --conf key=secret", PATIENCE, Sign::None).await;
        assert!(matches!(&missing, Err(EngineError::NotFound { command, .. }) if command == "no-such-engine"));
        let (missing, _) = ended("KEY=secret no-such-engine", PATIENCE, Sign::None).await;
        assert!(matches!(&missing, Err(EngineError::NotFound { command, .. }) if command == "KEY"));
        let (failed, _) = ended("sh -c 'exit 3'", PATIENCE, Sign::None).await;
        assert!(matches!(failed, Err(EngineError::Failed { status: 3, .. })), "{failed:?}");
        let (killed, _) = ended("sh -c 'kill -9 $$'", PATIENCE, Sign::None).await;
        assert!(matches!(killed, Err(EngineError::Killed { signal: 9, .. })), "{killed:?}");
    }

    #[tokio::test]
    async fn it_is_ended_without_a_sign_or_on_request_with_all_its_children() {
        let dir = tempfile::tempdir().unwrap();
        let mark = dir.path().join("mark");
        let engine = format!("sh -c '(sleep 4; touch {}) & wait' sh", mark.display());
        let (waiting, _) = ended(&engine, Duration::from_secs(1), Sign::None).await;
        assert!(matches!(waiting, Err(EngineError::NoCores { .. })), "{waiting:?}");
        let (stopped, _) = ended(&engine, PATIENCE, Sign::Stop).await;
        assert_eq!(stopped.unwrap(), Ended::OnRequest);
        // One that gives a sign is left alone for longer than its patience.
        let (worked, _) = ended("sleep 3; true", Duration::from_secs(1), Sign::AtWork).await;
        assert_eq!(worked.unwrap(), Ended::Done);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(!mark.exists(), "a child of the engine has gone on");
    }

    #[test]
    fn a_worker_is_a_program_with_a_plain_name() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str, mode| {
            let path = dir.path().join(name);
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        assert_eq!(worker_name(&place("tijian-1.0_x", 0o755)).unwrap(), "tijian-1.0_x");
        for (path, expected) in [
            (dir.path().join("absent"), "TJ-7602"),
            (dir.path().to_owned(), "TJ-7602"),
            (place("plain", 0o644), "TJ-7602"),
            (place("ti jian", 0o755), "TJ-7603"),
            (place("ti,jian", 0o755), "TJ-7603"),
            (place("ti'jian", 0o755), "TJ-7603"),
        ] {
            use crate::wording::Spoken;
            assert_eq!(worker_name(&path).unwrap_err().message().code(), Some(expected), "{}", path.display());
        }
    }
}
