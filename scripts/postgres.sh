# shellcheck shell=bash
# A PostgreSQL of its own for the script that sources this: require_postgres finds its programs or says what to install, start_postgres starts
# one in a temporary folder, as an unprivileged user, and sets postgres_url, stop_postgres ends and removes it. `start_postgres FOLDER` keeps its
# data in that folder from run to run, and is durable: it waits for the disk.

has_postgres() { [ -x "$1/initdb" ] && [ -x "$1/pg_ctl" ] && [ -x "$1/postgres" ]; }

find_postgres() {
    local folder
    for folder in "${PG_BIN:-}" "$(pg_config --bindir 2>/dev/null || true)" \
        $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin 2>/dev/null | sort -rV) \
        "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
        if [ -n "$folder" ] && has_postgres "$folder"; then
            echo "$folder"
            return
        fi
    done
    return 1
}

require_postgres() {
    postgres=$(find_postgres) && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "$0: PostgreSQL's programs are missing; installing Debian's package postgresql" >&2
        { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql; } >&2 || true
    fi
    if ! postgres=$(find_postgres); then
        cat >&2 <<TEXT
$0: PostgreSQL's programs initdb, pg_ctl and postgres (version 13 or newer) are missing. Install them:
  Debian, Ubuntu:  sudo apt-get install postgresql
  Fedora:          sudo dnf install postgresql-server
  macOS:           brew install postgresql@17
or, where they are installed already, set PG_BIN to the folder that holds them.
TEXT
        exit 1
    fi
}

start_postgres() {
    postgres_folder=$(mktemp -d "${TMPDIR:-/tmp}/roster-postgres.XXXXXX")
    postgres_data=${1:-$postgres_folder}/data
    postgres_log=$postgres_folder/server.log
    postgres_owner=()
    mkdir -p "$(dirname "$postgres_data")"
    if [ "$(id -u)" = 0 ]; then
        # PostgreSQL refuses to run as root.
        local owner
        owner=$(id -un postgres 2>/dev/null || echo nobody)
        chown "$owner" "$postgres_folder" "$(dirname "$postgres_data")"
        postgres_owner=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups)
    fi
    local settings="-c listen_addresses='' -c unix_socket_directories='$postgres_folder' -c max_connections=400"
    if [ $# -gt 0 ]; then
        settings+=" -c fsync=on -c full_page_writes=on -c shared_buffers=1GB -c max_wal_size=4GB"
    else
        # What a crash of the machine would lose does not matter here; what a killed server would, does.
        settings+=" -c fsync=off -c full_page_writes=off"
    fi
    (
        cd "$postgres_folder"
        [ -s "$postgres_data/PG_VERSION" ] ||
            "${postgres_owner[@]}" "$postgres/initdb" -D "$postgres_data" -U roster --auth=trust -E UTF8 --locale=C.UTF-8 --no-sync >initdb.log 2>&1 ||
            { cat initdb.log >&2; exit 1; }
        "${postgres_owner[@]}" "$postgres/pg_ctl" -D "$postgres_data" -l server.log -o "$settings" -w -t 60 start >start.log 2>&1 ||
            { cat start.log server.log >&2; exit 1; }
    )
    postgres_url="postgres://roster@localhost/postgres?host=$postgres_folder"
}

stop_postgres() {
    [ -n "${postgres_folder:-}" ] || return 0
    local how=immediate
    # Data that is kept need not be recovered by the next run.
    [ "$postgres_data" = "$postgres_folder/data" ] || how=fast
    (cd "$postgres_folder" && "${postgres_owner[@]}" "$postgres/pg_ctl" -D "$postgres_data" -m $how -t 120 stop >/dev/null 2>&1) || true
    rm -rf "$postgres_folder"
}
