//! What to do about a failure: decided once, on HTTP status, platform code and SQLSTATE, never on text.
//!
//! Every error says it in one `guidance()`; who wraps an error asks it. What people read of it is in `texts/`.

use std::io;

use crate::wording::{Message, Spoken, message};

/// How a command ends that failed so, and what the operator can do. `None`: the message says it all, or nobody can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guidance {
    pub exit_code: ExitCode,
    pub remedy: Option<Remedy>,
}

/// Exit codes, by rank: of several, the first one here wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// Usage, definition or setting.
    Definition,
    /// Somebody has to change something, or an invariant of ours is broken: nothing was half done.
    Failed,
    /// Platform or database out of reach, or no room: run again, nothing was half done.
    Temporary,
    /// Another run holds the account.
    Locked,
    /// Loaded, acknowledgements or arrivals still pending.
    Pending,
    /// Loaded, some records in quarantine, or arrivals that were not taken.
    Quarantined,
    Good,
}

impl ExitCode {
    /// The process's exit status.
    pub const fn status(self) -> u8 {
        match self {
            ExitCode::Good => 0,
            ExitCode::Failed => 1,
            ExitCode::Definition => 2,
            ExitCode::Quarantined => 3,
            ExitCode::Pending => 4,
            ExitCode::Locked => 5,
            ExitCode::Temporary => 75,
        }
    }

    /// Everything that could be loaded is: what is refused, or not acknowledged yet, waits where it is seen.
    pub const fn is_success(self) -> bool {
        matches!(self, ExitCode::Good | ExitCode::Quarantined | ExitCode::Pending)
    }

    /// A failed operation on a file: a full disk may have room later, a missing right does not appear by itself.
    pub fn of_file(error: &io::Error) -> ExitCode {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::Interrupted => {
                ExitCode::Temporary
            }
            _ => ExitCode::Failed,
        }
    }

    pub const fn with(self, remedy: Remedy) -> Guidance {
        Guidance { exit_code: self, remedy: Some(remedy) }
    }

    pub const fn without_remedy(self) -> Guidance {
        Guidance { exit_code: self, remedy: None }
    }
}

/// The remedies: a name for each piece of advice, which is its text's name in `texts/`, too. Few carry a value.
macro_rules! remedies {
    ($($name:ident $({ $($field:ident: $type:ty),+ })?,)+) => {
        /// What the operator can do.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Remedy {
            $($name $({ $($field: $type),+ })?,)+
        }

        impl Spoken for Remedy {
            fn message(&self) -> Message {
                match self {
                    $(Remedy::$name $({ $($field),+ })? => message!(concat!("remedy-", stringify!($name)) $(, $($field),+)?),)+
                }
            }
        }
    };
}

remedies! {
    // Any error that names none.
    FollowMessage,
    TryLater,

    // Definitions and settings.
    CorrectDefinition,
    SetSecret,
    SetSiteKey,
    UseFirstSiteKey,
    UseNewSiteKey,
    SetPreviousSiteKey,

    // Runs beside each other.
    AwaitRun,
    AwaitRunAndRepeat,

    // The platform.
    CheckCredentials,
    CheckAesKey,
    AskAboutForm,
    SetAesKey,
    SetResultPath,
    CheckNetwork,
    FollowChangedForm,
    UseInterfaceAddress,
    LetPostThrough,
    RaiseRequestLimit,
    ChangeRequestBody,
    PassGateway,
    TrustPlatform { address: String },
    ConfirmCertificate,
    KeepNetworkClosed,
    SetProxyLogin,

    // Deliveries and exports on disk.
    PointAtWarehouseOfFolders,
    MakeRoom,
    MakeRoomForDelivery,
    SealFilesWithNewKey,
    PullDamagedAgain,
    RepeatExport,
    PublishAgain,
    CheckLake,
    PublishAllAgain,
    PublishFirst,
    DecodeFirst,
    DecodeAgain,
    RebuildFirst,
    RebuildAgain,
    CheckWorker,

    // The way to the database.
    CheckDatabaseUrl,
    WriteDatabaseUrl,
    CorrectVariable,
    LeaveParameterOut,
    GivePassword,
    UseKnownAuthentication,
    NameCertificateFile,
    OfferTls,
    TrustServer,
    NameServerAsCertified,
    RenewCertificate,
    CheckClockThenCertificate,
    CertifyServer,
    ModernizeTls,
    AvoidPooler,
    AllowConnections,

    // The server and its schema.
    UsePrimary,
    AllowWrites,
    TurnFsyncOn,
    TurnFullPageWritesOn,
    RemoveReplicationRole,
    UseUtf8,
    FindNewerTijian { first: u32, last: u32 },
    UseTriedPostgres { first: u32, last: u32 },
    NameSynchronousStandby,
    ConnectStandby,
    MigrateAsOwner,
    FindOrMakeWarehouse,
    BackUpAndMigrate,
    UseOwner,
    JoinLoaderGroup,
    GrantLoaderGroup { login: String },

    // A record in quarantine.
    SealRecordWithNewKey,
    RestoreRejection,

    // A restored backup.
    Recover,
    RecoverAllAccounts,
    RepeatOthers,
    AwaitShards,
    CheckDatabaseOfFolder,
    InstallNewestTijian,
    RestoreLandingFiles,
    RestoreResultPath,
    RecoverWithSameTijian,
    RestoreBeforeOtherRuns,
    CheckRandomSource,
    RestoreBackupSinceSwap,

    // A replay.
    RestoreOldDeliveries,
    FindDelivery,
    ReplayFromEarlier,
    RestoreLandedFile,
    AcknowledgeFirst,

    // Erasing.
    ListCandidates,

    // What doctor sees before a run does.
    RunAgain,
    SendArrivals,
    SettleQuarantine,
    SeeLastRun,
    SeeTimer,
    SeeWhoKills,
    KeepTime,
    KeepBothTimes,
    SetWrongClock,
}

/// An error and its causes on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = causes(error).map(ToString::to_string);
    std::iter::once(error.to_string()).chain(causes).collect::<Vec<_>>().join(": ")
}

/// The causes of an error, the nearest first.
pub fn causes<'e>(error: &'e dyn std::error::Error) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |cause| cause.source())
}
