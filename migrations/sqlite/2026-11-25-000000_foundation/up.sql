-- Times are microseconds since 1970 in UTC. Columns named *_key hold what the server compares by.

CREATE TABLE schema_info (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    -- The oldest version of the server that may use this schema.
    oldest_server TEXT NOT NULL
) STRICT;

INSERT INTO schema_info (only_row, oldest_server) VALUES (1, '0.1.0');

CREATE TABLE tenants (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX tenants_name ON tenants (name_key);

CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants (id),
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    name TEXT,
    title TEXT,
    role TEXT NOT NULL CHECK (role IN ('admin', 'analyst', 'explorer', 'viewer')),
    allow_authentication_token INTEGER NOT NULL CHECK (allow_authentication_token IN (0, 1)),
    activated_at INTEGER,
    deleted_at INTEGER,
    current_sign_in_at INTEGER,
    last_sign_in_at INTEGER,
    invitation_generation INTEGER NOT NULL DEFAULT 1,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX users_tenant_id ON users (tenant_id, id);
CREATE UNIQUE INDEX users_email ON users (tenant_id, email_key);
CREATE INDEX users_role ON users (tenant_id, role, id);

CREATE TABLE groups (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX groups_tenant_id ON groups (tenant_id, id);
CREATE UNIQUE INDEX groups_name ON groups (tenant_id, name_key);

CREATE TABLE memberships (
    tenant_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    group_id INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, group_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX memberships_group ON memberships (tenant_id, group_id, user_id);

CREATE TABLE api_keys (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    -- SHA-256 of the key; the key itself is nowhere.
    hash BLOB NOT NULL,
    prefix TEXT NOT NULL,
    label TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE INDEX api_keys_user ON api_keys (tenant_id, user_id);

-- Mail to be sent. No link stands here: whoever sends a row mints its token then.
CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('invitation')),
    generation INTEGER NOT NULL,
    sender_id INTEGER,
    message TEXT,
    status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'failed', 'cancelled')),
    created_at INTEGER NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX outbox_user ON outbox (tenant_id, user_id, status);

CREATE TABLE audit_events (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants (id),
    occurred_at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('user', 'system', 'cli')),
    actor_id INTEGER,
    actor_email TEXT,
    action TEXT NOT NULL,
    target_type TEXT NOT NULL,
    target_id INTEGER NOT NULL,
    target_label TEXT NOT NULL,
    before_change TEXT,
    after_change TEXT,
    request_id TEXT,
    ip TEXT,
    via TEXT NOT NULL
) STRICT;

CREATE INDEX audit_events_tenant ON audit_events (tenant_id, id);
