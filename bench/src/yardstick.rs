//! The bare answers that Roster is compared with: a web server that does nothing, and the databases' own JSON.

use crate::failure::{Context, Result};
use actix_web::{App, HttpResponse, HttpServer, web};
use serde::{Deserialize, Serialize};

/// Who is asked for.
#[derive(Debug, Deserialize)]
struct Wanted {
    email: String,
}

/// What Roster answers to a look-up.
#[derive(Debug, Serialize)]
struct User<'a> {
    id: i64,
    name: &'a str,
    email: &'a str,
    role: &'a str,
    title: Option<&'a str>,
}

async fn answer(wanted: web::Query<Wanted>) -> HttpResponse {
    HttpResponse::Ok().json(User {
        id: 4711,
        name: "Zoë Müller",
        email: &wanted.email,
        role: "analyst",
        title: Some("Lead"),
    })
}

/// Answers look-ups from memory until the process is told to end: no log, no key, no database.
pub(crate) fn serve(port: u16) -> Result<()> {
    let server =
        HttpServer::new(|| App::new().route("/users/get_user.json", web::get().to(answer)))
            .workers(crate::plan::processors())
            .bind(("127.0.0.1", port))
            .while_doing("listening")?;
    Ok(actix_web::rt::System::new().block_on(server.run())?)
}

/// The body of `GET /users.json`, made by SQLite alone, which goes through the table in the order of the ids.
pub(crate) const SQLITE_LIST: &str = "
SELECT json_group_array(json_object(
    'id', u.id,
    'name', coalesce(u.name, substr(u.email, 1, instr(u.email, '@') - 1)),
    'email', u.email,
    'role', CASE u.role WHEN 'viewer' THEN 'business' ELSE u.role END,
    'initials', upper(substr(coalesce(u.name, u.email), 1, 1)) || substr(coalesce(u.name, u.email), 2, 1),
    'is_deleted', json(iif(u.deleted_at IS NULL, 'false', 'true')),
    'is_activated', json(iif(u.activated_at IS NULL, 'false', 'true')),
    'has_authentication_token', json(iif(EXISTS (
        SELECT 1 FROM api_keys k WHERE k.tenant_id = u.tenant_id AND k.user_id = u.id), 'true', 'false')),
    'groups', (
        SELECT json_group_array(json_object(
            'id', g.id,
            'name', g.name,
            'created_at', strftime('%Y-%m-%dT%H:%M:%S', g.created_at / 1000000, 'unixepoch')
                || printf('.%03dZ', g.created_at / 1000 % 1000),
            'updated_at', strftime('%Y-%m-%dT%H:%M:%S', g.updated_at / 1000000, 'unixepoch')
                || printf('.%03dZ', g.updated_at / 1000 % 1000),
            'tenant_id', g.tenant_id))
        FROM memberships m JOIN groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
        WHERE m.tenant_id = u.tenant_id AND m.user_id = u.id),
    'allow_authentication_token', json(iif(u.allow_authentication_token, 'true', 'false')),
    'current_sign_in_at', u.current_sign_in_at,
    'last_sign_in_at', u.last_sign_in_at))
FROM users u NOT INDEXED WHERE u.tenant_id = 1";

/// The same, made by PostgreSQL alone; of the ways to write it the quickest.
pub(crate) const POSTGRES_LIST: &str = r#"
WITH shown AS MATERIALIZED (
    SELECT g.id, row_to_json(j) AS json
    FROM groups g, LATERAL (SELECT g.id, g.name,
        to_char(to_timestamp(g.created_at / 1000 / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
        to_char(to_timestamp(g.updated_at / 1000 / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at,
        g.tenant_id) j
    WHERE g.tenant_id = 1
), of_users AS (
    SELECT m.user_id, json_agg(s.json ORDER BY s.id) AS groups
    FROM memberships m JOIN shown s ON s.id = m.group_id
    WHERE m.tenant_id = 1 GROUP BY m.user_id
), with_keys AS (
    SELECT DISTINCT user_id FROM api_keys WHERE tenant_id = 1
)
SELECT json_agg(row_to_json(x)) FROM (
    SELECT u.id, coalesce(u.name, split_part(u.email, '@', 1)) AS name, u.email,
        CASE u.role WHEN 'viewer' THEN 'business' ELSE u.role END AS role,
        upper(substr(coalesce(u.name, u.email), 1, 1)) || substr(coalesce(u.name, u.email), 2, 1) AS initials,
        u.deleted_at IS NOT NULL AS is_deleted, u.activated_at IS NOT NULL AS is_activated,
        k.user_id IS NOT NULL AS has_authentication_token,
        coalesce(o.groups, '[]'::json) AS groups,
        u.allow_authentication_token, u.current_sign_in_at, u.last_sign_in_at
    FROM users u LEFT JOIN of_users o ON o.user_id = u.id LEFT JOIN with_keys k ON k.user_id = u.id
    WHERE u.tenant_id = 1 ORDER BY u.id) x"#;
