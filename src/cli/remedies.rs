//! What a person reads of each remedy: one sentence in English. Another language is one more function like this.

use std::borrow::Cow;

use crate::guidance::Remedy;

/// The remedy in words, without a capital or a full stop: other words stand around it.
pub(crate) fn words(remedy: &Remedy) -> Cow<'static, str> {
    let words = match remedy {
        Remedy::FollowMessage => "mend what the message names",
        Remedy::TryLater => "try again in some minutes; if it stays so, ask who runs that server",

        Remedy::CorrectDefinition => "correct the definition; `tijian check` tries again without running anything",
        Remedy::SetSecret => "the pipeline names it for a secret: set it where tijian is started",
        Remedy::SetSiteKey => "set it where tijian is started",
        Remedy::UseFirstSiteKey => {
            "set TIJIAN_SITE_KEY to the key of the first run; `tijian rotate-key` replaces a key"
        }
        Remedy::UseNewSiteKey => "set TIJIAN_SITE_KEY to the key that took its place",
        Remedy::SetPreviousSiteKey => "set TIJIAN_SITE_KEY_PREVIOUS to the key of the runs until now",

        Remedy::AwaitRun => {
            "wait for the other run, or the change of the site key, to end, or look with `tijian status`"
        }
        Remedy::AwaitRunAndRepeat => "wait for it to end, or look with `tijian status`; then run again",

        Remedy::CheckCredentials => {
            "check the API key and secret; if they are right, give this code to the platform's contact"
        }
        Remedy::CheckAesKey => {
            "check aes_key and base_url; a delivery that could not be read stays in the landing folder"
        }
        Remedy::AskAboutForm => {
            "aes_key is not the reason: the answer could be read, but its form is not the interface's; give this message to \
             the platform's contact; docs/platforms.md has the forms that are read"
        }
        Remedy::SetAesKey => "set the variable that the pipeline names as aes_key to what the platform handed out",
        Remedy::SetResultPath => {
            "set result_path under [platform] to the names of the members that lead there, like \"result.records\""
        }
        Remedy::CheckNetwork => "check the network, the proxy and base_url",
        Remedy::UseInterfaceAddress => {
            "redirects are not followed, since they would carry the token away: base_url leads to a log-in page, or to an \
             address that has moved; ask the platform's contact for the address of the interface itself"
        }
        Remedy::LetPostThrough => {
            "what answers there takes no POST, which all calls are: compare base_url, path and all, with what the platform \
             handed out; if it is right, ask who runs the gateway before it"
        }
        Remedy::RaiseRequestLimit => {
            "a gateway on the way allows no request of this size, though the largest has about a kilobyte: ask who runs \
             it, at the hospital or at the platform, to raise its limit"
        }
        Remedy::ChangeRequestBody => {
            "requests are wanted in another form: set request_body to \"form\" or to \"raw\", whichever it is not now, or \
             ask the platform's contact which Content-Type it takes"
        }
        Remedy::PassGateway => {
            "a gateway, a proxy or a log-in page answered in the platform's place: check base_url and the proxy, and \
             whether this machine has to log in to its network; if it stays so, ask who runs that gateway"
        }
        Remedy::TrustPlatform { address } => {
            return format!(
                "check base_url and this machine's clock; a CA of the hospital's own network goes into a file that \
                 [platform] names as ca_file; a certificate that the platform made for itself is trusted exactly as it \
                 stands: (1) openssl s_client -connect {address} -showcerts </dev/null | openssl x509 -out platform.pem \
                 (2) openssl x509 -in platform.pem -noout -fingerprint -sha256, and let the platform's operator read the \
                 same to you, by telephone (3) ca_file = \"platform.pem\", beside the pipeline"
            )
            .into();
        }
        Remedy::ConfirmCertificate => {
            "either the platform has a new certificate, or somebody stands in between: let its operator read the new \
             fingerprint to you, by telephone, before it goes into certificate_sha256"
        }
        Remedy::KeepNetworkClosed => {
            "ask for an https address; without one, let nobody else into the network between this machine and that one"
        }
        Remedy::SetProxyLogin => {
            "set proxy_user and proxy_password of [platform] to variables that hold the proxy's login; if the environment \
             names the proxy, correct the login there"
        }

        Remedy::FollowChangedForm => {
            "the platform has probably changed its form: compare the fields in the warnings above with the contract, then \
             change the contract, or ask the platform's contact; a higher reject_max lets the records go to quarantine"
        }

        Remedy::PointAtWarehouseOfFolders => {
            "set DATABASE_URL to the warehouse of these folders; if this warehouse is to take its place, on purpose: \
             `tijian migrate` where it has no schema yet, then `tijian adopt --confirm`"
        }
        Remedy::MakeRoom => "make room, or name another folder in the pipeline file",
        Remedy::MakeRoomForDelivery => {
            "make room on that disk; if deliveries are usually small, ask the platform's contact why this answer is so \
             large"
        }
        Remedy::SealFilesWithNewKey => {
            "after a change of the key: set TIJIAN_SITE_KEY_PREVIOUS to the key before, and run `tijian rotate-key`; a \
             file whose key is lost can only be removed"
        }
        Remedy::PullDamagedAgain => {
            "nothing was loaded from it; run again, the platform hands out anew what is not acknowledged; then look at \
             the disk, and at who may write to this folder"
        }
        Remedy::RepeatExport => "the load is committed; mend the cause and run again, the export is remembered",

        Remedy::CheckDatabaseUrl => "check DATABASE_URL, or the PG… variables, and that the server accepts connections",
        Remedy::WriteDatabaseUrl => {
            "write DATABASE_URL like postgresql://user:password@host:5432/database; in a login or a password, write @ as \
             %40, # as %23, / as %2F, ? as %3F, % as %25 and a blank as %20, or leave the password out and set PGPASSWORD"
        }
        Remedy::CorrectVariable => {
            "correct or unset this variable where tijian is started; docs/database.md has those that count"
        }
        Remedy::LeaveParameterOut => {
            "leave this parameter out of DATABASE_URL and of the PG… variables (options: PGOPTIONS), or name it in the \
             pooler's ignore_startup_parameters"
        }
        Remedy::GivePassword => {
            "the server asks for a password: set PGPASSWORD, or name a file of them in PGPASSFILE, or write it into \
             DATABASE_URL"
        }
        Remedy::UseKnownAuthentication => {
            "let the server ask this login for a password (scram-sha-256 in pg_hba.conf): Kerberos, SSPI and client \
             certificates are not spoken here"
        }
        Remedy::NameCertificateFile => "name a PEM file of CA certificates",
        Remedy::OfferTls => {
            "set ssl = on at the server; sslmode=disable in DATABASE_URL is for a network that is protected otherwise"
        }
        Remedy::TrustServer => {
            "name the CA's certificate as sslrootcert in DATABASE_URL, or add it to those that this machine trusts"
        }
        Remedy::NameServerAsCertified => {
            "write the host in DATABASE_URL as the certificate names it, or get the server one for this name"
        }
        Remedy::RenewCertificate => "renew the server's certificate; is this machine's clock right?",
        Remedy::CheckClockThenCertificate => "look at this machine's clock, then at the certificate",
        Remedy::CertifyServer => {
            "get the server a certificate of its own, for servers, issued by a CA (not the CA's own)"
        }
        Remedy::ModernizeTls => "let the server speak TLS 1.2 or 1.3",
        Remedy::AvoidPooler => {
            "name the server itself in DATABASE_URL, or let the pooler keep one connection per session (PgBouncer: pool_mode = \
             session, for this database or this user)"
        }
        Remedy::AllowConnections => {
            "a command needs 2 connections, and a run one more for each further account that it works on at the same time: let \
             an administrator raise the connection limit of this login or of the database, or max_connections, or end other \
             sessions; of a pooler, its pool_size and max_client_conn, or start the server behind it"
        }

        Remedy::UsePrimary => "point DATABASE_URL at the primary server, or promote this one",
        Remedy::AllowWrites => {
            "ask its administrator why, and let them run: alter system set default_transaction_read_only = off; select \
             pg_reload_conf();"
        }
        Remedy::TurnFsyncOn => "let its administrator run: alter system set fsync = on; select pg_reload_conf();",
        Remedy::TurnFullPageWritesOn => {
            "let its administrator run: alter system set full_page_writes = on; select pg_reload_conf();"
        }
        Remedy::RemoveReplicationRole => {
            "let an administrator take this setting away from the role, the database or the server"
        }
        Remedy::UseUtf8 => {
            "make another database: create database tijian encoding 'UTF8' locale 'C' template template0;"
        }
        Remedy::FindNewerTijian { first, last } => {
            return format!("look for a newer tijian; this one was tried with {first} to {last}").into();
        }
        Remedy::UseTriedPostgres { first, last } => return format!("use one of the versions {first} to {last}").into(),
        Remedy::NameSynchronousStandby => {
            "let the administrator name one in synchronous_standby_names, or know that after a promotion the last \
             deliveries may be missing"
        }
        Remedy::ConnectStandby => "bring the standby up, or let the administrator empty synchronous_standby_names",
        Remedy::MigrateAsOwner => "run `tijian migrate` once, with the DATABASE_URL of the login that owns the schema",
        Remedy::FindOrMakeWarehouse => {
            "check that DATABASE_URL leads to the warehouse; a new one is made by `tijian migrate`, or by the first run"
        }
        Remedy::BackUpAndMigrate => {
            "make a backup; then `tijian migrate`, or the next run, brings the schema up to date"
        }
        Remedy::UseOwner => "run it with the DATABASE_URL of the login that owns the schema, as `tijian migrate` is",
        Remedy::JoinLoaderGroup => {
            "`tijian erase` is for the schema's owner; for all else, make this login a member of tijian_loader, and let \
             the owner run `tijian migrate`, which sets the group's rights"
        }
        Remedy::GrantLoaderGroup { login } => {
            return format!("let an administrator run in psql: grant tijian_loader to {login};").into();
        }

        Remedy::SealRecordWithNewKey => {
            "only the key of this id opens it: set TIJIAN_SITE_KEY_PREVIOUS to it, and run `tijian rotate-key`"
        }
        Remedy::RestoreRejection => "restore this row of etl.rejections from a backup, or delete it",

        Remedy::Recover => {
            "a backup was restored, or a standby promoted: run `tijian recover`, or `tijian run`, which does it first"
        }
        Remedy::RecoverAllAccounts => {
            "deliveries of all accounts share their numbers: run `tijian recover` once with the pipelines of all of \
             them; where an account and its folder are gone for good, with --accept-loss"
        }
        Remedy::RepeatOthers => "see what failed there, and run again",
        Remedy::CheckDatabaseOfFolder => {
            "is this the right database for this folder? If it is, and something else was loaded into it meanwhile: \
             `tijian recover --accept-loss` keeps the database as it is, and begins the folder's journal again"
        }
        Remedy::InstallNewestTijian => {
            "install the newest tijian that has run here, or put the file back from a backup"
        }
        Remedy::RestoreLandingFiles => {
            "put the files back from a backup of the landing folder; if there is none, `tijian recover --accept-loss` \
             goes on without them: what they held is lost unless the platform delivers it again"
        }
        Remedy::RestoreResultPath => {
            "set result_path to what it was when the delivery came, run `tijian recover`, then set it as it is now; if it was \
             the same, put the file back from a backup"
        }
        Remedy::RecoverWithSameTijian => {
            "another build of tijian did it: run `tijian recover` with that one, then go on with this one; without it, `tijian \
             recover --accept-loss` goes on: it reads such a delivery as it is read now, or leaves it out where somebody has \
             discarded or erased records since"
        }
        Remedy::RestoreBeforeOtherRuns => {
            "restore the backup again, and run `tijian recover` with the pipelines of all accounts before any other run"
        }
        Remedy::CheckRandomSource => "look at the system's source of random numbers, then run again",
        Remedy::RestoreBackupSinceSwap => {
            "restore a backup made after the swap; if there is none, `tijian recover --accept-loss` goes on without it, \
             and `tijian replay --swap` can be repeated afterwards"
        }

        Remedy::RestoreOldDeliveries => {
            "keep_days of [landing] removes old deliveries: put them back where a backup of the folder has them, or \
             replay with --from the first delivery from which on all are there"
        }
        Remedy::FindDelivery => {
            "etl.deliveries has the numbers; a retry of refused records (is_retry) has no file to begin with"
        }
        Remedy::ReplayFromEarlier => "replay from an earlier delivery, or from the first one, without --from",
        Remedy::RestoreLandedFile => "put the file back from a backup, and look at who may write to this folder",
        Remedy::AcknowledgeFirst => "let `tijian run` send them first",
        Remedy::ListCandidates => "without --also, `tijian erase` lists candidates in the form that --also takes",

        Remedy::RunAgain => {
            "the next `tijian run` pulls and acknowledges them again; why the platform did not take one: \
             etl.outbox.last_error"
        }
        Remedy::SendArrivals => {
            "`tijian arrive` sends them, and `tijian run`; why the platform did not take one: etl.outbox.last_error; \
             one that it keeps refusing is taken back by `tijian arrive --withdraw`"
        }
        Remedy::SettleQuarantine => {
            "`tijian quarantine list` has the reasons: correct at the source, or change the contract and `tijian \
             quarantine retry`, or `discard`"
        }
        Remedy::SeeLastRun => "see what the last run said (`tijian status`), mend it, and run again",
        Remedy::SeeTimer => "see that the timer is on, and what the last run said (`tijian status`); then run again",
        Remedy::SeeWhoKills => {
            "`tijian status` shows them; of a killed one, the system's log may say by whom (memory, a time limit, a \
             restart)"
        }
        Remedy::KeepTime => {
            "let this machine take its time from a time server; if it does, tell the platform's contact"
        }
        Remedy::KeepBothTimes => {
            "let both take their time from a time server; nothing past its days is removed while they are days apart"
        }
        Remedy::SetWrongClock => "set the clock that is wrong; the next night removes it",
    };
    Cow::Borrowed(words)
}
