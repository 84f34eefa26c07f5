DROP TABLE audit_events;
DROP TABLE outbox;
DROP TABLE api_keys;
DROP TABLE memberships;
DROP TABLE groups;
DROP TABLE users;
DROP TABLE tenants;
DROP TABLE schema_info;
