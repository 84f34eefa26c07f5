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
    }
}

diesel::joinable!(api_keys -> users (user_id));
diesel::joinable!(memberships -> groups (group_id));
diesel::allow_tables_to_appear_in_same_query!(api_keys, users, groups, memberships, tenants);
