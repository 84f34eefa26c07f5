//! The server's tests: over a real socket, each on SQLite and on PostgreSQL, with a database of its own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where something is missing"
)]

mod account_audit;
mod account_changes;
mod account_faults;
mod account_secrets;
mod account_sessions;
mod account_walls;
mod atomic;
mod attribute_entries;
mod attribute_races;
mod attribute_requests;
mod attribute_rules;
mod attribute_values;
mod attribute_walls;
mod audit;
mod audit_pages;
mod audit_settled;
mod browser;
mod browser_forms;
mod browser_looks;
mod browser_way;
mod caller;
mod changes;
mod children;
mod cli;
mod cli_keys;
mod cli_tenants;
mod concurrency;
mod credentials;
mod docs;
mod documents;
mod fuzz;
mod group_rules;
mod harness;
mod identity;
mod invitations;
mod last_admin;
mod leaks;
mod lifecycle;
mod limits;
mod links;
mod list_faults;
mod lists;
mod lockout;
mod logged_server;
mod mail_connections;
mod mail_outage;
mod mail_process;
mod mail_server;
mod mail_sharing;
mod mail_texts;
mod names;
mod openapi;
mod openapi_bodies;
mod operator;
mod own_keys;
mod pages;
mod pages_csrf;
mod pages_faults;
mod pages_links;
mod pages_sign_in;
mod passwords;
mod program;
mod raw;
mod requests;
mod restore;
mod revoked;
mod routes;
mod rows;
mod rules;
mod schema;
mod secrets;
mod settings;
mod settings_faults;
mod settings_rules;
mod sign_in;
mod statements;
mod stored;
mod tidying;
mod upgrade;
mod visitor;
mod walls;
