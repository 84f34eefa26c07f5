# The image of Roster: its binary, a C library and the certificates of the public authorities; no shell.
# A site without internet names its own images here; each needs what its comment says.

# Rust 1.89 or newer, a C compiler, make and perl. Its C library must not be newer than that of RUNTIME_IMAGE.
ARG RUST_IMAGE=rust:1-bookworm
# glibc, libgcc_s and /etc/ssl/certs/ca-certificates.crt.
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${RUST_IMAGE} AS build
WORKDIR /src

# Dependencies have a layer of their own, which lasts until a manifest changes: they are built under empty crates.
COPY Cargo.toml Cargo.lock ./
COPY bench/Cargo.toml bench/
COPY crates/client/Cargo.toml crates/client/
COPY crates/contract/Cargo.toml crates/contract/
COPY crates/domain/Cargo.toml crates/domain/
COPY crates/roster/Cargo.toml crates/roster/
COPY crates/server/Cargo.toml crates/server/
RUN for crate in bench crates/client crates/contract crates/domain crates/server; do mkdir "$crate/src" && touch "$crate/src/lib.rs"; done \
    && mkdir crates/roster/src && echo 'fn main() {}' > crates/roster/src/main.rs
RUN --mount=type=secret,id=cargo,target=/src/.cargo/config.toml \
    cargo build --release --locked --package roster

COPY migrations migrations
COPY crates crates
# Cargo goes by times, and those of the sources may be older than the empty crates.
RUN --mount=type=secret,id=cargo,target=/src/.cargo/config.toml \
    find crates -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package roster \
    && mkdir -p image/bin image/data && cp target/release/roster image/bin/

FROM ${RUNTIME_IMAGE}
COPY --from=build /src/image/bin/roster /usr/local/bin/roster
# A fresh volume takes its owner from here.
COPY --from=build --chown=65532:65532 /src/image/data /var/lib/roster
USER 65532:65532
WORKDIR /var/lib/roster
ENV ROSTER_DATA_DIR=/var/lib/roster \
    ROSTER_LISTEN=0.0.0.0:8080 \
    ROSTER_LOG_FORMAT=json
VOLUME /var/lib/roster
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/usr/local/bin/roster", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/roster"]
CMD ["serve"]
