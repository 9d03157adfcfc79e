//! The finding of a check: good, or a problem with its remedy.

use chrono::TimeDelta;

use crate::failure::{RunError, spoken_chain};
use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::wording::{Message, message};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// `None`: it concerns every account.
    pub account: Option<String>,
    pub name: &'static str,
    pub finding: Finding,
}

/// How it was found, in messages that hold no secret and no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Good(Message),
    /// A run does its work all the same, and somebody should look.
    Watch(Trouble),
    /// A run would fail, or has.
    Broken(Trouble),
    /// It cannot be looked at: why not, in the words of a text `left-out-…`.
    LeftOut(&'static str),
}

/// A problem and its remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub problem: Message,
    pub remedy: Remedy,
    /// How a run that meets it ends.
    pub exit_code: ExitCode,
}

impl Finding {
    /// A problem that has to be fixed.
    pub(super) fn broken(exit_code: ExitCode, problem: Message, remedy: Remedy) -> Finding {
        Finding::Broken(Trouble { problem, remedy, exit_code })
    }

    pub(super) fn watch(exit_code: ExitCode, problem: Message, remedy: Remedy) -> Finding {
        Finding::Watch(Trouble { problem, remedy, exit_code })
    }

    /// A failed check, with the remedy and the exit code that a run would end with.
    pub fn failed(problem: Message, guidance: Guidance) -> Finding {
        let Guidance { exit_code, remedy } = guidance;
        let in_general = if exit_code == ExitCode::Temporary { Remedy::TryLater } else { Remedy::FollowMessage };
        Finding::broken(exit_code, problem, remedy.unwrap_or(in_general))
    }

    pub(super) fn of_error(error: &RunError) -> Finding {
        Finding::failed(spoken_chain(error), error.guidance())
    }

    /// The exit code that it asks for.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Finding::Good(_) | Finding::LeftOut(_) => ExitCode::Good,
            Finding::Watch(trouble) | Finding::Broken(trouble) => trouble.exit_code,
        }
    }
}

/// Findings of one subject, by name.
pub(super) type Findings = Vec<(&'static str, Finding)>;

/// How long ago, or how far apart, for a person.
pub(super) fn span(span: TimeDelta) -> Message {
    match (span.num_days(), span.num_hours(), span.num_minutes(), span.num_seconds()) {
        (days @ 2.., ..) => message!("span-days", count = days),
        (_, hours @ 2.., ..) => message!("span-hours", count = hours),
        (_, _, minutes @ 2.., _) => message!("span-minutes", count = minutes),
        (.., seconds) => message!("span-seconds", count = seconds),
    }
}
