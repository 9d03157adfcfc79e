//! Python with the packages of a file of requirements, and our small scripts in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// Where scripts and requirements are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers");

/// By their file of requirements.
static ENVIRONMENTS: Mutex<BTreeMap<&str, Result<PathBuf, String>>> = Mutex::new(BTreeMap::new());

/// The interpreter of an environment with the packages of `requirements.txt`.
#[track_caller]
pub fn python() -> PathBuf {
    program_of("requirements.txt", "python")
}

/// A program of an environment with exactly these packages: made by the first run that finds none. Fails the test with what to
/// install, the same line in every test that asks.
#[track_caller]
pub fn program_of(requirements: &'static str, program: &str) -> PathBuf {
    let made = {
        let mut environments = ENVIRONMENTS.lock().unwrap_or_else(PoisonError::into_inner);
        environments.entry(requirements).or_insert_with(|| environment(requirements)).clone()
    };
    match made {
        Ok(folder) => folder.join(program),
        Err(problem) => panic!("{problem}"),
    }
}

/// Runs `tests/readers/python/<script>` and reads the JSON that it prints.
#[track_caller]
pub fn run_script(script: &str, arguments: &[&Path]) -> serde_json::Value {
    let mut command = Command::new(python());
    command.arg(Path::new(FOLDER).join("python").join(script)).args(arguments);
    // No caches beside the sources.
    let output = command.env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{script}: {error}: {output:?}"))
}

#[allow(clippy::print_stderr, reason = "why the first test takes half a minute")]
fn environment(requirements: &str) -> Result<PathBuf, String> {
    let requirements = Path::new(FOLDER).join(requirements);
    let digest = hex::encode(Sha256::digest(std::fs::read(&requirements).unwrap()));
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("readers-python-{}", &digest[..12]));
    let folder = dir.join("bin");
    let python = folder.join("python");
    let complete = dir.join("complete");
    // Older than its interpreter, after an upgrade of the machine: then it does not even start.
    if complete.exists() && Command::new(&python).arg("--version").output().is_ok_and(|output| output.status.success())
    {
        return Ok(folder);
    }
    eprintln!("making a Python environment for the readers in {}", dir.display());
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&dir)).map_err(|error| {
        format!("these tests need Python 3.11 or newer with venv: apt-get install python3-venv ({error})")
    })?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "-r"])
        .arg(&requirements))
    .map_err(|error| {
        format!("these tests need the packages of {}, and pip cannot get them ({error})", requirements.display())
    })?;
    std::fs::write(complete, "").unwrap();
    Ok(folder)
}

/// Runs a command to its end; the error is the last line that it said.
fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    Err(said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing").trim().to_owned())
}
