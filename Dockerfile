# The action's image: one static binary and the certificates of the public CAs.
#
# RUST_IMAGE chooses what it is built in; it needs a C compiler, make and perl.
ARG RUST_IMAGE=rust:1.95-bookworm

FROM ${RUST_IMAGE} AS build
WORKDIR /build
# Relocations in their short form, C for size (what matters of TLS is assembly), and
# no tables for unwinding through it, since a panic ends the program: 2 MB of 13.
ENV RUSTFLAGS="-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs" \
    CFLAGS="-Os -fno-asynchronous-unwind-tables"

# The dependencies by themselves, so that a change of the sources leaves this
# layer as it is. Cargo wants a file for each target of the workspace.
COPY Cargo.toml Cargo.lock ./
COPY stand-in/Cargo.toml stand-in/
RUN mkdir -p src benches stand-in/src \
    && touch src/lib.rs benches/core.rs stand-in/src/lib.rs \
    && echo 'fn main() {}' > src/main.rs \
    && cargo build --release --locked --target "$(uname -m)-unknown-linux-gnu"

# Cargo goes by modification times, and the copied files are older than the
# ones that stood in for them.
COPY src src
RUN touch src/lib.rs src/main.rs \
    && cargo build --release --locked --target "$(uname -m)-unknown-linux-gnu"

# Each authority in a file that is named after it: TLS reads the one it needs,
# where a file of all would be read as a whole at every start.
RUN mkdir -p /image/etc/ssl/certs \
    && mkdir -m 1777 /image/tmp \
    && find -L /etc/ssl/certs -name '*.[0-9]' -type f -exec cp -L -t /image/etc/ssl/certs {} + \
    && cp "target/$(uname -m)-unknown-linux-gnu/release/evalai-sync" /image/

FROM scratch
COPY --from=build /image /
ENTRYPOINT ["/evalai-sync"]
CMD ["sync"]
