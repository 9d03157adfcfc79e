//! Rebuilds the crate when a migration is added: `refinery::embed_migrations!` does not see new files by itself.

fn main() {
    println!("cargo:rerun-if-changed=sql/migrations");
}
