DROP TABLE access_key;
