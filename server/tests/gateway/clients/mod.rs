//! Clients that know nothing of Cargo, each by its own script in this directory, in front of the storage
//! of `dev` and of SeaweedFS. `TEST_S3_CLIENTS` names the directory of the Python clients' programs and
//! `TEST_RCLONE` the binary of rclone; `./test` sets them. curl is on every machine that runs `./test`.

mod crew;

use crew::Client;

use crate::storages::Kind;

/// One test for each storage, in the module of the client.
macro_rules! in_front_of_each_storage {
    ($($module:ident: $client:expr;)*) => {$(
        mod $module {
            use super::*;

            #[tokio::test]
            async fn works_in_front_of_the_embedded_storage() {
                $client.works_before(Kind::Embedded).await;
            }

            #[tokio::test]
            async fn works_in_front_of_seaweedfs() {
                $client.works_before(Kind::SeaweedFs).await;
            }
        }
    )*};
}

in_front_of_each_storage! {
    aws_cli: Client::Python { program: "aws", script: "aws_cli.sh" };
    boto3: Client::Python { program: "python", script: "with_boto3.py" };
    minio_py: Client::Python { program: "python", script: "with_minio.py" };
    s3cmd: Client::Python { program: "s3cmd", script: "s3cmd.sh" };
    rclone: Client::Rclone { script: "rclone.sh" };
    curl: Client::Curl { script: "curl.sh" };
}
