use sail_cargo_transfer::{CancellationToken, Transfers};

async fn backup(s3: aws_sdk_s3::Client, stop: CancellationToken) -> Result<(), Box<dyn std::error::Error>> {
    let transfers = Transfers::new(s3).part_size(16 << 20).parallel(8); // 128 MiB of memory at most
    let up = transfers
        .upload_file("backup.tar", "photos", "backups/may.tar")
        .resume_with("backup.tar.journal")
        .cancel_on(stop)
        .await?;
    println!("verified by {:?}", up.verified);
    Ok(())
}
