//! The `tenk` binary: parse arguments, dispatch, exit code.

fn main() -> std::process::ExitCode {
    tenk::cli::main()
}
