DROP TABLE issuer;
DROP TABLE issuer_alias;
