use sail_cargo_client::{Refresh, Token, TokenFuture, TokenProvider};

struct Session;

impl TokenProvider for Session {
    fn token(&self, refresh: Refresh) -> TokenFuture<'_> {
        Box::pin(async move {
            // `Force`: Cargo answered 401 to the token given before. One request asks, the others wait.
            Ok(Token::new(fetch_from_auth_service(refresh == Refresh::Force).await?))
        })
    }
}

async fn fetch_from_auth_service(_anew: bool) -> Result<String, std::io::Error> {
    Ok(String::from("eyJ…"))
}
