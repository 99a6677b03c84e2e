use super::*;

/// Programs match on the codes and people read the sentences: changing either breaks this test.
#[test]
fn a_conflict_has_the_code_and_the_sentence_it_always_had() {
    let bucket = || BucketName::parse("photos").unwrap();
    let twin = || BucketName::stored("Photos").unwrap();
    let slug = || Slug::parse("main").unwrap();
    let alias = || IssuerAlias::parse("okta").unwrap();
    for (conflict, code, sentence) in [
        (
            Conflict::Issuers(SetFlaw::SameAlias("okta".to_owned())),
            "issuer_exists",
            "two issuers are called `okta`",
        ),
        (
            Conflict::AliasTaken { alias: alias(), issuer: "https://okta.example".to_owned() },
            "alias_taken",
            "the alias `okta` is that of the issuer `https://okta.example`, whose users grants may still \
             name. If its users are this issuer's, say so: `--merge-identities okta`",
        ),
        (
            Conflict::AlreadyExists,
            "already_exists",
            "the resource already exists, or its name is taken",
        ),
        (
            Conflict::InUse,
            "in_use",
            "another resource still refers to this one, or it no longer exists",
        ),
        (
            Conflict::from(RevisionConflict::Foreign),
            "revision_foreign",
            "the revision belongs to another project",
        ),
        (
            Conflict::from(RevisionConflict::Epoch),
            "revision_epoch",
            "the revision is from before the database was restored",
        ),
        (
            Conflict::from(RevisionConflict::Future),
            "revision_future",
            "the project has no such revision yet",
        ),
        (
            Conflict::AccountShared,
            "account_shared",
            "other projects share this storage account: an operator registers its buckets",
        ),
        (
            Conflict::BucketNotShown { bucket: bucket(), twin: None },
            "bucket_not_shown",
            "`photos` is the name of another service on many storages: it is registered only when \
             the storage's own list of buckets (ListBuckets) shows it",
        ),
        (
            Conflict::BucketNotShown { bucket: bucket(), twin: Some(twin()) },
            "bucket_not_shown",
            "`photos` is `Photos` to storages that ignore upper and lower case: it is registered \
             only when the storage's own list of buckets (ListBuckets) shows both",
        ),
        (
            Conflict::BucketTaken(bucket()),
            "bucket_taken",
            "the bucket name `photos` is not available in this store",
        ),
        (
            Conflict::BucketGivenUp(bucket()),
            "bucket_taken",
            "the bucket name `photos` was released a moment ago: try again",
        ),
        (
            Conflict::BucketFrozen(bucket()),
            "bucket_frozen",
            "the bucket `photos` is frozen: only an operator lifts its ceiling",
        ),
        (
            Conflict::BucketUnsettled,
            "bucket_unsettled",
            "too many creations or deletions of this bucket are unconfirmed: `sail-cargo buckets \
             reconcile` checks them in the storage",
        ),
        (Conflict::TooManyLabels, "too_many_labels", "a bucket has at most 32 labels"),
        (
            Conflict::LastAdmin(bucket()),
            "last_admin",
            "the bucket `photos` would be left without an admin whose grant does not expire",
        ),
        (
            Conflict::TooManyGrants { subject: "ada".to_owned(), bucket: bucket() },
            "too_many_grants",
            "ada would have more than 500 grants on bucket photos",
        ),
        (
            Conflict::TooManyGroups(SubjectId::parse("ada").unwrap()),
            "too_many_groups",
            "user:ada is in 500 groups already",
        ),
        (
            Conflict::KeyNotLive(KeyId::parse("8fK2mQ0ZtYb1").unwrap()),
            "key_not_live",
            "the key 8fK2mQ0ZtYb1 is revoked or expired: create a new one",
        ),
        (
            Conflict::TooManyLiveKeys,
            "too_many_live_keys",
            "2 keys of this family are valid already: revoke one of them first",
        ),
        (
            Conflict::KeyWidened,
            "key_widened",
            "an API key cannot get more scopes or a later expiry: create a new one",
        ),
        (
            Conflict::UsernameTaken(Username::parse("ada").unwrap()),
            "username_taken",
            "the username `ada` is in use, or was: it is not given to another account",
        ),
        (
            Conflict::UsernameGranted { bucket: bucket(), prefix: "home/${username}/".to_owned() },
            "username_granted",
            "`photos/home/${username}/` is granted by username: a renamed account would lose what is its own \
             there. Take the grant away first, and move the objects",
        ),
        (
            Conflict::UsernameForId {
                username: Username::parse("ada").unwrap(),
                id: AccountId::parse("01a22a75-056b-7719-a430-f9bd09fbacc4").unwrap(),
            },
            "username_for_id",
            "`ada` is what the account 01a22a75-056b-7719-a430-f9bd09fbacc4 is called: grants, groups and keys name \
             a user by the id, which no renaming changes",
        ),
        (
            Conflict::EmailTaken,
            "email_taken",
            "another account of the project has this e-mail address",
        ),
        (
            Conflict::LastAccountAdmin,
            "last_admin",
            "nobody would be left who administers accounts: the group `admins` keeps its last member",
        ),
        (
            Conflict::StoreChanged("main".to_owned()),
            "store_changed",
            "store `main` was changed while it was probed",
        ),
        (
            Conflict::StoreNotShared(slug()),
            "store_not_shared",
            "store `main` is not shared, so only one project may use it. `sail-cargo stores put \
             main --shared …` shares it; from then on only operators register its buckets",
        ),
        (
            Conflict::StoreExists("main".to_owned()),
            "store_exists",
            "store `main` already has this storage account",
        ),
        (
            Conflict::StoreAlias { store: "main".to_owned(), because: "one id".to_owned() },
            "store_alias",
            "store `main` already has this storage account: one id. Use that store for the \
             projects, or put both stores `--shared`",
        ),
    ] {
        assert_eq!((conflict.code(), conflict.to_string().as_str()), (code, sentence));
    }
}

#[test]
fn a_name_that_a_service_has_is_refused_in_the_words_of_a_signature() {
    let admin = BucketName::parse("admin").unwrap();
    let (conflict, denied) =
        (Conflict::BucketReserved(admin.clone()), Denied::ReservedBucket(admin));
    assert_eq!((conflict.code(), conflict.to_string()), (denied.code(), denied.to_string()));
}
