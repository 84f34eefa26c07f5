# The commands of this project. `just` lists them.

_default:
    @just --list

# Start Roster on SQLite
run:
    cargo run --release

# All tests, on SQLite and on a PostgreSQL of their own; or what `cargo test` is told
test *ARGS:
    scripts/test {{ ARGS }}

# Formatting, lints and documentation
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Outside judges of the HTTP APIs: a linter for the OpenAPI document, and schemathesis against a server, on both databases
judge *PROGRAM:
    scripts/judge {{ PROGRAM }}

# The files that deploy Roster, without a container engine; with --build the steps of the image's build stage, too
check-deploy *ARGS:
    scripts/check-deploy {{ ARGS }}

# A failover of PostgreSQL under load, with Patroni (as root)
failover *PROGRAM:
    scripts/failover {{ PROGRAM }}

# How fast it is: everything, or what scripts/bench is told
bench *ARGS:
    scripts/bench {{ ARGS }}

# Licences, bans, sources and advisories of what the project depends on (needs cargo-deny)
deny:
    cargo deny check

# The contract against a running server
contract BASE_URL *ARGS:
    cargo run -p roster-contract -- --base-url {{ BASE_URL }} {{ ARGS }}

# What CI runs
ci:
    bash .ci/run
