DROP TABLE signing_key;
DROP TABLE refresh_token;
DROP TABLE invitation;
DROP TABLE reserved_username;
DROP TABLE account;
