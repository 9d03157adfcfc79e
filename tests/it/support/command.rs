//! The built binary, as a user runs it: another process, with its own environment and folder.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tijian::pipeline::SecretName;

use crate::support::Hospital;
use crate::support::database::{fast_folder, server};

/// More than any command of the tests takes on a busy machine; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Every variable that changes what tijian does.
const VARIABLES: [&str; 12] = [
    "DATABASE_URL",
    "PGHOST",
    "PGHOSTADDR",
    "PGDATABASE",
    "PGSERVICE",
    "TIJIAN_PRIVATE_SERVER",
    "TIJIAN_SITE_KEY",
    "TIJIAN_SITE_KEY_PREVIOUS",
    "TIJIAN_DATA_DIR",
    "ZHELIBAN_API_KEY",
    "ZHELIBAN_SECRET",
    "ZHELIBAN_AES_KEY",
];

/// A command that has ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Its standard output as one JSON document.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails the test, with everything that was said, unless this is how it ended.
    #[track_caller]
    pub fn expect(self, code: i32) -> Ended {
        assert_eq!(self.code, code, "\n{}\n{}", self.stdout, self.stderr);
        self
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        let text = |bytes| String::from_utf8(bytes).expect("tijian writes UTF-8");
        let code = output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}"));
        Ended { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// `tijian` in a folder, without any of its variables, with its data in `data/` there.
pub fn tijian(dir: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("tijian"));
    command.current_dir(dir);
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.env("TIJIAN_DATA_DIR", dir.join("data"));
    command
}

/// Whoever started the tests may ignore SIGHUP, as nohup does, and so would what the tests start; not when somebody here listens.
pub fn hear_hangups() {
    drop(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).unwrap());
}

/// Runs a command to its end, with nothing on its standard input.
pub fn end(command: Command) -> Ended {
    end_after_input(command, "")
}

/// Runs a command to its end, with this on its standard input.
pub fn end_after_input(command: Command, input: &str) -> Ended {
    let mut command = assert_cmd::Command::from_std(command);
    command.timeout(PATIENCE).write_stdin(input).output().expect("tijian starts").into()
}

/// Runs `tijian` with these arguments in a folder.
pub fn run_in(dir: &Path, arguments: &[&str]) -> Ended {
    let mut command = tijian(dir);
    command.args(arguments);
    end(command)
}

impl Hospital {
    /// `tijian` in the hospital's folder, with the hospital's variables.
    pub fn tijian(&self) -> Command {
        let mut command = tijian(self.dir.path());
        for name in VARIABLES {
            if let Ok(value) = self.settings.secret(&SecretName { env: name.to_owned() }) {
                command.env(name, value.expose_secret());
            }
        }
        command
    }

    /// Runs `tijian` with these arguments.
    pub fn command(&self, arguments: &[&str]) -> Ended {
        let mut command = self.tijian();
        command.args(arguments);
        end(command)
    }

    /// `tijian run` with these options and the hospital's pipeline.
    pub fn night(&self, options: &[&str]) -> Ended {
        let mut command = self.tijian();
        command.arg("run").args(options).arg(&self.pipeline_file);
        end(command)
    }
}

/// A folder for a private server: the user to whom root steps down must be able to pass through.
pub fn server_place() -> TempDir {
    use std::os::unix::fs::PermissionsExt;

    let place = tempfile::Builder::new().prefix("tijian-it-").tempdir_in(fast_folder()).unwrap();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o755)).unwrap();
    place
}

/// Lets a command use the server programs of the tests, wherever they came from.
pub fn with_server_programs(command: &mut Command) -> &mut Command {
    command.env("PG_BIN_DIR", server().bin_dir())
}

/// Lets a command use the private server of its data folder.
pub fn with_private_server(command: &mut Command) -> &mut Command {
    with_server_programs(command).env_remove("DATABASE_URL").env("TIJIAN_PRIVATE_SERVER", "1")
}

/// A command that is still running. Killed when dropped.
pub struct Running(Option<Child>);

impl Running {
    /// Starts it; standard output and standard error can be read.
    pub fn start(command: &mut Command) -> Running {
        Running(Some(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }

    pub fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("only `end` takes it")
    }

    pub fn send(&mut self, signal: Signal) {
        kill_process(Pid::from_child(self.child()), signal).unwrap();
    }

    /// Waits for its end. What was read before is not in the answer.
    pub fn end(mut self) -> Ended {
        let mut child = self.0.take().expect("only `end` takes it");
        wait_until("the command ends", || child.try_wait().unwrap().is_some());
        child.wait_with_output().unwrap().into()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Polls a condition.
#[track_caller]
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
