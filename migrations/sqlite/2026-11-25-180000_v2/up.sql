-- The v2 API: more of a user, lists in every order, jobs, user attributes, requests that may be sent again.

ALTER TABLE users ADD COLUMN enable_export_data INTEGER NOT NULL DEFAULT false CHECK (enable_export_data IN (0, 1));
-- A JSON object.
ALTER TABLE users ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
-- Follows activated_at and deleted_at.
ALTER TABLE users ADD COLUMN status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'active', 'deleted'));
-- The server fills these three: the databases cannot.
ALTER TABLE users ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN initials_key TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN search_key TEXT NOT NULL DEFAULT '';

UPDATE users SET status =
    CASE WHEN deleted_at IS NOT NULL THEN 'deleted' WHEN activated_at IS NOT NULL THEN 'active' ELSE 'pending' END;

-- Each order with what is searched, so that a search reads no rows but those it finds.
CREATE INDEX users_search ON users (tenant_id, id, search_key);
CREATE INDEX users_name ON users (tenant_id, name_key, id, search_key);
CREATE INDEX users_initials ON users (tenant_id, initials_key, id, search_key);
CREATE INDEX users_role_name ON users (tenant_id, role, name_key, id);
CREATE INDEX users_role_initials ON users (tenant_id, role, initials_key, id);
CREATE INDEX users_status ON users (tenant_id, status, id);
CREATE INDEX users_status_name ON users (tenant_id, status, name_key, id);
CREATE INDEX users_status_initials ON users (tenant_id, status, initials_key, id);

-- What one request asked for that goes on after its answer: the mails of its invitations.
CREATE TABLE jobs (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants (id),
    user_id INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX jobs_tenant_id ON jobs (tenant_id, id);

ALTER TABLE outbox ADD COLUMN job_id INTEGER;
CREATE INDEX outbox_job ON outbox (job_id);

CREATE TABLE user_attributes (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    attribute_type TEXT NOT NULL CHECK (attribute_type IN ('string', 'number', 'boolean', 'date', 'datetime')),
    label TEXT NOT NULL,
    description TEXT,
    is_system INTEGER NOT NULL CHECK (is_system IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX user_attributes_tenant_id ON user_attributes (tenant_id, id);
CREATE UNIQUE INDEX user_attributes_name ON user_attributes (tenant_id, name_key);

INSERT INTO user_attributes (tenant_id, name, name_key, attribute_type, label, is_system, created_at)
    SELECT t.id, a.name, a.name, 'string', a.label, TRUE, t.created_at
    FROM tenants t
    CROSS JOIN (SELECT 'h_email' AS name, 'Email' AS label UNION ALL SELECT 'h_name', 'Name' UNION ALL SELECT 'h_role', 'Role') a
    ORDER BY t.id, a.name;

-- What an attribute is for a user or a group: one of the two.
CREATE TABLE user_attribute_entries (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id INTEGER NOT NULL,
    user_attribute_id INTEGER NOT NULL,
    user_id INTEGER,
    group_id INTEGER,
    input_type TEXT NOT NULL CHECK (input_type IN ('manual', 'inherit', 'all')),
    -- A JSON array of strings.
    entry_values TEXT NOT NULL,
    CHECK ((user_id IS NULL) <> (group_id IS NULL)),
    FOREIGN KEY (tenant_id, user_attribute_id) REFERENCES user_attributes (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX user_attribute_entries_user ON user_attribute_entries (tenant_id, user_id, user_attribute_id);
CREATE UNIQUE INDEX user_attribute_entries_group ON user_attribute_entries (tenant_id, group_id, user_attribute_id);
CREATE INDEX user_attribute_entries_attribute ON user_attribute_entries (tenant_id, user_attribute_id, id);

-- The answers to requests that may be sent again under the same key, each written by the change it answers.
CREATE TABLE idempotency_keys (
    tenant_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    key_hash BLOB NOT NULL,
    request_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, key_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
