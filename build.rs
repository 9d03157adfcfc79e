//! Rebuilds the crate when a migration is added: `refinery::embed_migrations!` does not see new files by itself. And says what
//! `--version` prints: a package names its commit (`deploy/dist.sh`), a build of one's own is of no commit.

fn main() {
    println!("cargo:rerun-if-changed=sql/migrations");
    let version = env!("CARGO_PKG_VERSION");
    let version = option_env!("TIJIAN_COMMIT").map_or(version.to_owned(), |commit| format!("{version} ({commit})"));
    println!("cargo:rustc-env=TIJIAN_VERSION={version}");
}
