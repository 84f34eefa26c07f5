DROP INDEX audit_events_target;
DROP INDEX audit_events_actor;
ALTER TABLE audit_events DROP COLUMN transaction_id;
DROP TABLE server_keys;
DROP TABLE attempts;
DROP TABLE sessions;
DROP TABLE passwords;
DROP TABLE links;
DROP INDEX outbox_due;
CREATE TABLE old_outbox (
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
INSERT INTO old_outbox
    SELECT id, tenant_id, user_id, kind, generation, sender_id, message, status, created_at FROM outbox
    WHERE kind = 'invitation';
DROP TABLE outbox;
ALTER TABLE old_outbox RENAME TO outbox;
CREATE INDEX outbox_user ON outbox (tenant_id, user_id, status);
ALTER TABLE users DROP COLUMN job_title;
DROP INDEX tenants_slug;
ALTER TABLE tenants DROP COLUMN slug;
