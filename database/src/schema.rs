//! The tables, as the migrations make them. The comments on the columns are in `migrations/`.

diesel::table! {
    store (id) {
        id -> Text,
        name -> Text,
        endpoints -> Text,
        region -> Text,
        access_key_id -> Text,
        secret_sealed -> Binary,
        sealed_with -> Text,
        shared -> Bool,
        accept_unsafe_storage -> Bool,
        probed_at -> Nullable<BigInt>,
        probe_safe -> Nullable<Bool>,
        probe -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
        access -> Text,
    }
}

diesel::table! {
    project (id) {
        id -> Text,
        slug -> Text,
        store_id -> Text,
        status -> Text,
        default_perms -> SmallInt,
        settings -> Text,
        etag -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    project_head (project_id) {
        project_id -> Text,
        epoch -> Text,
        revision -> BigInt,
        chain_hash -> Binary,
    }
}

diesel::table! {
    bucket (project_id, name) {
        project_id -> Text,
        name -> Text,
        store_id -> Text,
        public_perms -> SmallInt,
        ceiling -> SmallInt,
        settings -> Text,
        created_rev -> BigInt,
        state -> Text,
        claim -> Nullable<Text>,
        claimed_at -> Nullable<BigInt>,
        apart -> Nullable<Text>,
    }
}

diesel::table! {
    kept_ceiling (store_id, name) {
        store_id -> Text,
        name -> Text,
        ceiling -> SmallInt,
    }
}

diesel::table! {
    #[sql_name = "grant_"]
    bucket_grant (project_id, bucket, prefix, prefix_kind, subject_kind, subject) {
        project_id -> Text,
        bucket -> Text,
        prefix -> Text,
        prefix_kind -> Text,
        subject_kind -> Text,
        subject -> Text,
        perms -> SmallInt,
        not_before -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        granted_by -> Text,
        created_rev -> BigInt,
        updated_rev -> BigInt,
    }
}

diesel::table! {
    group_member (project_id, grp, user_) {
        project_id -> Text,
        grp -> Text,
        user_ -> Text,
        expires_at -> Nullable<BigInt>,
        updated_rev -> BigInt,
    }
}

diesel::table! {
    group_split (project_id) {
        project_id -> Text,
        done -> Bool,
    }
}

diesel::table! {
    tokens_left_out (project_id, grp) {
        project_id -> Text,
        grp -> Text,
    }
}

diesel::table! {
    api_key (key_id) {
        key_id -> Text,
        project_id -> Text,
        name -> Text,
        secret_hash -> Binary,
        pepper_id -> SmallInt,
        scopes -> Text,
        cidrs -> Nullable<Text>,
        family -> Text,
        not_before -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
        created_rev -> BigInt,
        last_used_at -> Nullable<BigInt>,
        last_used_ip -> Nullable<Text>,
    }
}

diesel::table! {
    access_key (key_id) {
        key_id -> Text,
        project_id -> Text,
        user_ -> Nullable<Text>,
        name -> Text,
        secret_sealed -> Binary,
        sealed_with -> Text,
        status -> Text,
        buckets -> Nullable<Text>,
        prefixes -> Nullable<Text>,
        perms -> Nullable<SmallInt>,
        cidrs -> Nullable<Text>,
        family -> Text,
        expires_at -> BigInt,
        created_by -> Text,
        created_at -> BigInt,
        created_rev -> BigInt,
        last_used_at -> Nullable<BigInt>,
        last_used_ip -> Nullable<Text>,
        last_used_agent -> Nullable<Text>,
        disabled_by -> Nullable<Text>,
        kind -> Text,
        token_hash -> Nullable<Binary>,
    }
}

diesel::table! {
    change (project_id, revision) {
        project_id -> Text,
        revision -> BigInt,
        at -> BigInt,
        actor_kind -> Text,
        actor -> Text,
        via_key -> Nullable<Text>,
        request_id -> Text,
        kind -> Text,
        body -> Binary,
        prev_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    idempotency (project_id, actor, key) {
        project_id -> Text,
        actor -> Text,
        key -> Text,
        fingerprint -> Binary,
        response -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    audit_event (id) {
        id -> Text,
        project_id -> Nullable<Text>,
        at -> BigInt,
        request_id -> Text,
        actor -> Text,
        via_key -> Nullable<Text>,
        action -> Text,
        bucket -> Nullable<Text>,
        object_key -> Nullable<Text>,
        outcome -> Text,
        reason -> Text,
        detail -> Text,
        revision -> Nullable<BigInt>,
        method -> Nullable<Text>,
        payload -> Nullable<Text>,
        access_key_id -> Nullable<Text>,
        for_operators -> Bool,
        address -> Nullable<Text>,
        agent -> Nullable<Text>,
        caller_request_id -> Nullable<Text>,
        count -> Nullable<BigInt>,
        first_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions_end (project_id, user_) {
        project_id -> Text,
        user_ -> Text,
        ended_at -> BigInt,
    }
}

diesel::table! {
    issuer (alias) {
        alias -> Text,
        settings -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    issuer_alias (alias) {
        alias -> Text,
        issuer -> Text,
        taken_by -> Text,
        taken_at -> BigInt,
    }
}

diesel::table! {
    account (id) {
        id -> Text,
        project_id -> Text,
        username -> Text,
        email -> Nullable<Text>,
        display_name -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        status -> Text,
        service_account -> Bool,
        must_change_password -> Bool,
        token_epoch -> BigInt,
        created_at -> BigInt,
        last_login_at -> Nullable<BigInt>,
        reset_at -> Nullable<BigInt>,
        reset_by -> Nullable<Text>,
    }
}

diesel::table! {
    reserved_username (project_id, username) {
        project_id -> Text,
        username -> Text,
        account_id -> Text,
        reserved_at -> BigInt,
    }
}

diesel::table! {
    invitation (account_id) {
        account_id -> Text,
        project_id -> Text,
        token_hash -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    refresh_token (family) {
        family -> Text,
        project_id -> Text,
        account_id -> Text,
        token_hash -> Binary,
        serial -> BigInt,
        epoch -> BigInt,
        rotated_at -> BigInt,
        signed_in_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    signing_key (kid) {
        kid -> Text,
        status -> Text,
        modulus -> Text,
        exponent -> Text,
        spki -> Binary,
        private_sealed -> Binary,
        sealed_with -> Text,
        created_at -> BigInt,
        signs_from -> BigInt,
        retired_at -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    store,
    access_key,
    project,
    project_head,
    bucket,
    bucket_grant,
    group_split
);
