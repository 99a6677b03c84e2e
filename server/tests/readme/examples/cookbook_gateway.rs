use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};

fn client(id: &str, secret: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(at("https://s3.example.com"))
        .force_path_style(true)
        .credentials_provider(Credentials::new(id, secret, None, None, "cargo"))
        .build();
    aws_sdk_s3::Client::from_conf(config)
}
