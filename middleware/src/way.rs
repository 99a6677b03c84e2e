//! How S3 clients reach the project's storage.

use sail_cargo_client::protocol::{
    AddressingStyle, Endpoint, GatewayAddress, Storage, StoreAccess,
};

use crate::RemoteSigningError;

/// How an S3 client reaches the project's storage. Cargo says it ([`Storage`]); buckets, keys and
/// rights are the same either way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// To the storage itself, with a signature of Cargo's for each request.
    Direct {
        /// Where the storage answers.
        endpoint: Endpoint,
        /// The region to name in requests.
        region: String,
    },
    /// Through Cargo's gateway, with a session that Cargo gives the caller.
    Gateway(GatewayAddress),
}

impl Way {
    /// The way to `storage`: its first endpoint, unless only the gateway may reach it.
    ///
    /// # Errors
    /// [`RemoteSigningError::NoStorage`] if `storage` has no endpoint, or if it is reached through
    /// a gateway that Cargo does not know.
    pub fn to(storage: &Storage) -> Result<Self, RemoteSigningError> {
        match storage.access {
            StoreAccess::Direct => {
                let endpoint = storage.endpoints.first().cloned();
                let missing = || RemoteSigningError::no_storage("it has no endpoint");
                let endpoint = endpoint.ok_or_else(missing)?;
                Ok(Self::Direct { endpoint, region: storage.region.clone() })
            }
            StoreAccess::Gateway => {
                let missing = "it is reached through the gateway only, and the server does not say \
                               where that is: its operator must set --gateway-url";
                let gateway = storage.gateway.clone();
                Ok(Self::Gateway(gateway.ok_or_else(|| RemoteSigningError::no_storage(missing))?))
            }
        }
    }

    /// Where requests go. The gateway has buckets in the path.
    pub fn endpoint(&self) -> Endpoint {
        match self {
            Self::Direct { endpoint, .. } => endpoint.clone(),
            Self::Gateway(GatewayAddress { endpoint, .. }) => {
                Endpoint { url: endpoint.clone(), style: AddressingStyle::Path }
            }
        }
    }

    /// The region to name in requests.
    pub fn region(&self) -> &str {
        match self {
            Self::Direct { region, .. } | Self::Gateway(GatewayAddress { region, .. }) => region,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_decides_which_way_a_client_takes() {
        let endpoint =
            Endpoint { url: "https://s3.test".into(), style: AddressingStyle::VirtualHosted };
        let gateway =
            GatewayAddress { endpoint: "https://gateway.test".into(), region: "us-east-1".into() };
        let direct = Storage {
            endpoints: vec![endpoint.clone()],
            region: "eu-west-1".into(),
            access: StoreAccess::Direct,
            gateway: Some(gateway.clone()),
        };
        let through = Storage { access: StoreAccess::Gateway, ..direct.clone() };
        let way = Way::to(&direct).unwrap();
        assert_eq!((way.endpoint(), way.region()), (endpoint, "eu-west-1"));
        let way = Way::to(&through).unwrap();
        assert_eq!(way, Way::Gateway(gateway.clone()));
        let endpoint = Endpoint { url: gateway.endpoint, style: AddressingStyle::Path };
        assert_eq!((way.endpoint(), way.region()), (endpoint, "us-east-1"));
        for nowhere in
            [Storage { endpoints: Vec::new(), ..direct }, Storage { gateway: None, ..through }]
        {
            let error = Way::to(&nowhere).unwrap_err();
            assert!(matches!(error, RemoteSigningError::NoStorage { .. }), "{error}");
        }
    }
}
