//! A record of the requests and signatures of the stock SDK; the middleware's must be equal.
//!
//! The record is in `tests/data/wire`, one file per form of endpoint. If an upgrade of the SDK
//! changes any of it, these tests fail and print the difference. `UPDATE_WIRE=1` rewrites the
//! files, so that the diff can be reviewed.

mod bodies;
mod form;
mod operations;
mod paragraph;
mod record;
mod transcript;

use form::Form;
use paragraph::Paragraph;
use record::Record;

/// A streamed body over http in the stock SDK, which signs every chunk with the secret.
const SIGNED_CHUNKS: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
/// A streamed body over http in the middleware.
const UNSIGNED_CHUNKS: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

#[tokio::test]
async fn aws_virtual_hosted() {
    hold(&Form::new("aws-virtual-hosted", |config| config).with_every_call()).await;
}

#[tokio::test]
async fn aws_path_style() {
    hold(&Form::new("aws-path-style", |config| config.force_path_style(true))).await;
}

#[tokio::test]
async fn aws_dualstack() {
    hold(&Form::new("aws-dualstack", |config| config.use_dual_stack(true))).await;
}

#[tokio::test]
async fn aws_fips() {
    hold(&Form::new("aws-fips", |config| config.use_fips(true))).await;
}

#[tokio::test]
async fn aws_accelerate() {
    hold(&Form::new("aws-accelerate", |config| config.accelerate(true))).await;
}

#[tokio::test]
async fn access_point() {
    let arn = "arn:aws:s3:us-east-1:123456789012:accesspoint/my-point";
    hold(&Form::new("access-point", |config| config).with_bucket(arn)).await;
}

#[tokio::test]
async fn dotted_bucket() {
    hold(&Form::new("dotted-bucket", |config| config).with_bucket("my.dotted")).await;
}

#[tokio::test]
async fn custom_https() {
    let form = Form::new("custom-https-path-style", |config| {
        config.endpoint_url("https://s3.test").force_path_style(true)
    });
    hold(&form).await;
}

#[tokio::test]
async fn custom_http() {
    let form = Form::new("custom-http-path-style", |config| {
        config.endpoint_url("http://s3.test:9000").force_path_style(true)
    });
    hold(&form.with_every_call()).await;
}

/// Compares the stock SDK's requests with the record, then the middleware's requests with these.
async fn hold(form: &Form) {
    let stock = form.sent_by_stock().await;
    Record::of(form.name).hold(&texts(&stock));
    compare(&stock, form.sent_by_ours().await);
}

/// Compares the requests, except for two known differences. A header that the stock SDK repeats is
/// one line in the middleware's request. Chunks that the stock SDK signs are unsigned in the
/// middleware, whose requests then have a record of their own.
fn compare(stock: &[Paragraph], ours: Vec<Paragraph>) {
    let mut unlike = Vec::new();
    assert_eq!(stock.len(), ours.len());
    for (stock, ours) in stock.iter().zip(ours) {
        if stock.payload() == SIGNED_CHUNKS {
            assert_eq!(ours.payload(), UNSIGNED_CHUNKS, "{}", ours.call);
            unlike.push(ours);
        } else if let Some(difference) = record::difference(&stock.folded(), &ours.text()) {
            panic!("signed remotely, the SDK sends something else than by itself:\n{difference}");
        }
    }
    if !unlike.is_empty() {
        Record::of("ours-http-streamed").hold(&texts(&unlike));
    }
}

fn texts(paragraphs: &[Paragraph]) -> Vec<String> {
    paragraphs.iter().map(Paragraph::text).collect()
}
