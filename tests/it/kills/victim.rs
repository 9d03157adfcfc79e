//! The process that is killed: started, stopped for a look, let go on, killed; and what the kernel knows of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Hospital, wait_until};

/// How the victim's connections call themselves, beside those of the test.
pub const APPLICATION: &str = "tijian-victim";

/// A run of the built program that is not meant to end.
pub struct Victim {
    child: Child,
    log: PathBuf,
}

/// How far the program has read a landed delivery.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    pub position: u64,
    pub size: u64,
}

impl Victim {
    pub fn start(hospital: &Hospital) -> Victim {
        let log = hospital.dir.path().join("victim.log");
        let mut command = hospital.tijian();
        command
            .env("DATABASE_URL", format!("{}&application_name={APPLICATION}", hospital.database.url))
            .args(["run", "--verbose", "--log-format", "json"])
            .arg(&hospital.pipeline_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap());
        Victim { child: command.spawn().unwrap(), log }
    }

    /// What it has said so far.
    pub fn words(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Stops every thread of it. `false`: it has ended before.
    pub fn stop(&mut self) -> bool {
        if self.has_ended() {
            return false;
        }
        self.send(Signal::STOP);
        let tasks = PathBuf::from(format!("/proc/{}/task", self.child.id()));
        let mut is_alive = true;
        wait_until("the process stands still", || {
            is_alive = !self.has_ended();
            !is_alive || states(&tasks).iter().all(|state| *state == 'T')
        });
        is_alive
    }

    pub fn go_on(&self) {
        self.send(Signal::CONT);
    }

    /// SIGKILL, and the process is gone.
    pub fn kill(mut self) {
        self.send(Signal::KILL);
        self.child.wait().unwrap();
    }

    /// How far it has read the delivery that it has open, if any.
    pub fn reading(&self) -> Option<Reading> {
        let process = PathBuf::from(format!("/proc/{}", self.child.id()));
        fs::read_dir(process.join("fd")).unwrap().find_map(|entry| {
            let entry = entry.ok()?;
            let target = fs::read_link(entry.path()).ok()?;
            if !target.to_string_lossy().ends_with(".delivery") {
                return None;
            }
            let information = fs::read_to_string(process.join("fdinfo").join(entry.file_name())).ok()?;
            let position = information.lines().find_map(|line| line.strip_prefix("pos:"))?.trim().parse().ok()?;
            Some(Reading { position, size: fs::metadata(target).ok()?.len() })
        })
    }

    fn send(&self, signal: Signal) {
        // Not waited for yet, so the id is still its own; it may have ended all the same.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }
}

/// A failed test leaves nothing running.
impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The state letters of a process's threads.
fn states(tasks: &Path) -> Vec<char> {
    let Ok(entries) = fs::read_dir(tasks) else { return Vec::new() };
    let state = |entry: std::io::Result<fs::DirEntry>| {
        let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        // The name in brackets may hold anything.
        stat.rsplit_once(')')?.1.trim_start().chars().next()
    };
    entries.filter_map(state).collect()
}
