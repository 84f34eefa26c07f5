-- Mail that is sent, links, passwords, sessions.

-- What a tenant is called in URLs.
ALTER TABLE tenants ADD COLUMN slug TEXT NOT NULL DEFAULT '';
UPDATE tenants SET slug = 'tenant-' || id;
CREATE UNIQUE INDEX tenants_slug ON tenants (slug);

ALTER TABLE users ADD COLUMN job_title TEXT;

CREATE TABLE new_outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('invitation', 'password_reset')),
    generation INTEGER NOT NULL,
    sender_id INTEGER,
    message TEXT,
    status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'failed', 'cancelled')),
    created_at INTEGER NOT NULL,
    -- Rises each time somebody takes the row to send it, so that two cannot both report on it.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Nobody takes the row before; whoever takes it moves this behind the time that sending may take.
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    finished_at INTEGER,
    last_error TEXT,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;
INSERT INTO new_outbox (id, tenant_id, user_id, kind, generation, sender_id, message, status, created_at)
    SELECT id, tenant_id, user_id, kind, generation, sender_id, message, status, created_at FROM outbox;
DROP TABLE outbox;
ALTER TABLE new_outbox RENAME TO outbox;
CREATE INDEX outbox_user ON outbox (tenant_id, user_id, status);
CREATE INDEX outbox_due ON outbox (status, next_attempt_at);

-- Links that were mailed, each good for one use.
CREATE TABLE links (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('invitation', 'password_reset')),
    -- SHA-256 of the token; the token itself stands in the mail alone.
    hash BLOB NOT NULL,
    generation INTEGER NOT NULL,
    sender_id INTEGER,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX links_hash ON links (hash);
CREATE INDEX links_user ON links (tenant_id, user_id, kind);

CREATE TABLE passwords (
    tenant_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    -- argon2id, as a PHC string.
    hash TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    -- SHA-256 of the token; the token itself is in the cookie alone.
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ip TEXT,
    user_agent TEXT,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX sessions_hash ON sessions (hash);
CREATE INDEX sessions_user ON sessions (tenant_id, user_id);

-- How often something was tried in a span of time that began then. The key is a hash: no address stands here.
CREATE TABLE attempts (
    key BLOB NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the servers of one database sign with.
CREATE TABLE server_keys (
    name TEXT NOT NULL PRIMARY KEY,
    key BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- PostgreSQL keeps the transaction here that wrote an event; SQLite has one writer and needs none.
ALTER TABLE audit_events ADD COLUMN transaction_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX audit_events_actor ON audit_events (tenant_id, actor_id, id);
CREATE INDEX audit_events_target ON audit_events (tenant_id, target_type, target_id, id);
