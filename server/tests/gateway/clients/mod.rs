//! Clients that know nothing of Cargo, each by its own script in this directory, in front of the storage
//! of `dev` on SQLite and of SeaweedFS on PostgreSQL; boto3, which does most, on each database in front of
//! each storage. `TEST_S3_CLIENTS` names the directory of their programs and packages and `TEST_RCLONE` the
//! binary of rclone; `./test` installs them and sets both. curl is on every machine that runs `./test`. A
//! test whose client or storage is not there fails.

mod crew;

use crew::Client;

use crate::database;
use crate::storages::Kind;

/// One test for each storage, in the module of the client.
macro_rules! in_front_of_each_storage {
    ($($module:ident: $client:expr;)*) => {$(
        mod $module {
            use super::*;

            #[tokio::test]
            async fn works_in_front_of_the_embedded_storage() {
                $client.works_before(Kind::Embedded, database::Kind::Sqlite).await;
            }

            #[tokio::test]
            async fn works_in_front_of_seaweedfs() {
                $client.works_before(Kind::SeaweedFs, other_database()).await;
            }
        }
    )*};
}

const AWS_CLI: Client = Client::installed("aws", "aws_cli.sh");
const BOTO3: Client = Client::installed("python", "with_boto3.py");
const JS_SDK: Client = Client::installed("node", "with_js.mjs");
const MINIO_PY: Client = Client::installed("python", "with_minio.py");
const S3CMD: Client = Client::installed("s3cmd", "s3cmd.sh");

in_front_of_each_storage! {
    aws_cli: AWS_CLI;
    boto3: BOTO3;
    js_sdk: JS_SDK;
    minio_py: MINIO_PY;
    s3cmd: S3CMD;
    rclone: Client::Rclone { script: "rclone.sh" };
    curl: Client::Curl { script: "curl.sh" };
}

#[tokio::test]
async fn boto3_works_on_the_other_databases() {
    BOTO3.works_before(Kind::Embedded, other_database()).await;
    BOTO3.works_before(Kind::SeaweedFs, database::Kind::Sqlite).await;
}

/// PostgreSQL where it is there.
fn other_database() -> database::Kind {
    *database::kinds().last().unwrap()
}
