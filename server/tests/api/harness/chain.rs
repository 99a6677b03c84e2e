//! Verifies the hash chain of a project's changes, directly in the database.

use diesel::deserialize::QueryableByName;
use diesel::sql_types::{BigInt, Binary};
use sail_cargo_database::testing::diesel;
use sha2::{Digest as _, Sha256};

use super::database::TestDatabase;

#[derive(QueryableByName)]
struct Link {
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Binary)]
    prev_hash: Vec<u8>,
    #[diesel(sql_type = Binary)]
    body: Vec<u8>,
    #[diesel(sql_type = Binary)]
    hash: Vec<u8>,
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Binary)]
    chain_hash: Vec<u8>,
}

impl TestDatabase {
    /// Follows the hash chain of the project with this id from the first change to the head.
    /// Returns the number of changes, or the first revision that does not match.
    pub(crate) fn follow_chain(&self, project: &str) -> Result<i64, i64> {
        let links: Vec<Link> = self.rows(&format!(
            "SELECT revision, prev_hash, body, hash FROM change \
             WHERE project_id = '{project}' ORDER BY revision"
        ));
        let (mut last, mut count) = (vec![0; 32], 0);
        for link in links {
            let hash = Sha256::new().chain_update(&last).chain_update(&link.body).finalize();
            let is_next = link.revision == count + 1 && link.prev_hash == last;
            if !is_next || link.hash != hash.as_slice() {
                return Err(count + 1);
            }
            (last, count) = (link.hash, link.revision);
        }
        let heads: Vec<Head> = self.rows(&format!(
            "SELECT revision, chain_hash FROM project_head WHERE project_id = '{project}'"
        ));
        let ends = heads[0].revision == count && heads[0].chain_hash == last;
        if ends { Ok(count) } else { Err(count + 1) }
    }
}
