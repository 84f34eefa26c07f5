//! The tables as diesel knows them; the migrations define them.

diesel::table! {
    schema_info (only_row) {
        only_row -> BigInt,
        oldest_server -> Text,
    }
}

diesel::table! {
    tenants (id) {
        id -> BigInt,
        name -> Text,
        name_key -> Text,
        version -> BigInt,
        created_at -> BigInt,
        slug -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        email -> Text,
        email_key -> Text,
        name -> Nullable<Text>,
        title -> Nullable<Text>,
        role -> Text,
        allow_authentication_token -> Bool,
        activated_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        current_sign_in_at -> Nullable<BigInt>,
        last_sign_in_at -> Nullable<BigInt>,
        invitation_generation -> BigInt,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        job_title -> Nullable<Text>,
        enable_export_data -> Bool,
        settings -> Text,
        status -> Text,
        name_key -> Text,
        initials_key -> Text,
        search_key -> Text,
    }
}

diesel::table! {
    groups (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        name -> Text,
        name_key -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    memberships (tenant_id, user_id, group_id) {
        tenant_id -> BigInt,
        user_id -> BigInt,
        group_id -> BigInt,
    }
}

diesel::table! {
    api_keys (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        user_id -> BigInt,
        hash -> Binary,
        prefix -> Text,
        label -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        user_id -> BigInt,
        kind -> Text,
        generation -> BigInt,
        sender_id -> Nullable<BigInt>,
        message -> Nullable<Text>,
        status -> Text,
        created_at -> BigInt,
        attempts -> BigInt,
        next_attempt_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
        job_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        user_id -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    user_attributes (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        name -> Text,
        name_key -> Text,
        attribute_type -> Text,
        label -> Text,
        description -> Nullable<Text>,
        is_system -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    user_attribute_entries (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        user_attribute_id -> BigInt,
        user_id -> Nullable<BigInt>,
        group_id -> Nullable<BigInt>,
        input_type -> Text,
        entry_values -> Text,
    }
}

diesel::table! {
    idempotency_keys (tenant_id, user_id, key_hash) {
        tenant_id -> BigInt,
        user_id -> BigInt,
        key_hash -> Binary,
        request_hash -> Binary,
        status -> BigInt,
        body -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    links (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        user_id -> BigInt,
        kind -> Text,
        hash -> Binary,
        generation -> BigInt,
        sender_id -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    passwords (tenant_id, user_id) {
        tenant_id -> BigInt,
        user_id -> BigInt,
        hash -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        user_id -> BigInt,
        hash -> Binary,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    attempts (key) {
        key -> Binary,
        started_at -> BigInt,
        count -> BigInt,
    }
}

diesel::table! {
    server_keys (name) {
        name -> Text,
        key -> Binary,
    }
}

diesel::table! {
    audit_events (id) {
        id -> BigInt,
        tenant_id -> BigInt,
        occurred_at -> BigInt,
        actor_kind -> Text,
        actor_id -> Nullable<BigInt>,
        actor_email -> Nullable<Text>,
        action -> Text,
        target_type -> Text,
        target_id -> BigInt,
        target_label -> Text,
        before_change -> Nullable<Text>,
        after_change -> Nullable<Text>,
        request_id -> Nullable<Text>,
        ip -> Nullable<Text>,
        via -> Text,
        transaction_id -> BigInt,
    }
}

diesel::joinable!(api_keys -> users (user_id));
diesel::joinable!(links -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(outbox -> users (user_id));
diesel::joinable!(passwords -> users (user_id));
diesel::joinable!(users -> tenants (tenant_id));
diesel::joinable!(user_attribute_entries -> user_attributes (user_attribute_id));
diesel::joinable!(memberships -> groups (group_id));
diesel::allow_tables_to_appear_in_same_query!(
    api_keys,
    users,
    groups,
    memberships,
    tenants,
    links,
    outbox,
    passwords,
    sessions,
    user_attributes,
    user_attribute_entries
);
