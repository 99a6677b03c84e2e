use sail_cargo_transfer::storage::{Content, Storage};

async fn keep(report: Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
    // SAIL_CARGO_URL, SAIL_CARGO_BUCKET and a key or token; without them a directory of this machine.
    let storage = Storage::from_env()?;
    let url = storage.upload(Content::from(report).with_type("text/csv"), "reports/may.csv").await?;
    println!("{url}"); // https://s3.example.com/photos/reports/may.csv, or file:///…
    let mut reports = storage.list("reports/");
    while let Some(object) = reports.next().await {
        println!("{}", object?.key);
    }
    let again = storage.download("reports/may.csv").await?.collect().await?;
    storage.delete("reports/may.csv").await?;
    println!("{} bytes", again.to_vec().len());
    Ok(())
}
