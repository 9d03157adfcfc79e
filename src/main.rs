//! The binary: hands over to the command line and returns its exit status.

fn main() -> std::process::ExitCode {
    tijian::cli::main()
}
