use sail_cargo_transfer::{CancellationToken, Transfers};

async fn example(s3: aws_sdk_s3::Client) -> Result<(), Box<dyn std::error::Error>> {
let transfers = Transfers::new(s3);
let stop = CancellationToken::new(); // `stop.cancel()`, from anywhere

let up = transfers
    .upload_file("film.mkv", "photos", "2026/film.mkv")
    .content_type("video/x-matroska")
    .resume_with("film.mkv.upload") // a second call goes on where this one failed
    .on_progress(|done| println!("{} of {:?} bytes", done.bytes, done.total))
    .cancel_on(stop.clone())
    .await?;
println!("{} bytes, verified by {:?}", up.bytes, up.verified);

// Goes on where an earlier call failed by itself.
transfers.download_file("photos", "2026/film.mkv", "copy.mkv").cancel_on(stop).await?;
Ok(())
}
