//! What the stock SDK sends and signs is on record, and ours is the same.
//!
//! The record is `tests/data/wire`, one file for each form of endpoint. An upgrade of the SDK
//! that changes anything of it fails here and shows the difference; with `UPDATE_WIRE=1` the
//! files are written anew, to be read as a diff in review.

mod bodies;
mod form;
mod operations;
mod paragraph;
mod record;
mod transcript;

use form::Form;
use paragraph::Paragraph;
use record::Record;

/// A streamed body over http: the stock SDK signs every chunk, for which it needs the secret.
const SIGNED_CHUNKS: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
/// The same of ours.
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

/// Compares what the stock SDK sends with the record, then what ours sends with that.
async fn hold(form: &Form) {
    let stock = form.sent_by_stock().await;
    Record::of(form.name).hold(&texts(&stock));
    compare(&stock, form.sent_by_ours().await);
}

/// Two differences are known, and no other passes: a header that the stock SDK repeats is one
/// line of ours, and chunks that it signs are not signed by ours, which have a record of their
/// own.
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
