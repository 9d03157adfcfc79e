//! The platform's client, with the secrets that the pipeline names.

use crate::failure::RunError;
use crate::pipeline::{Pipeline, ProxyDefinition};
use crate::platform::{Credentials, Platform, ProxyCredentials};
use crate::settings::Settings;

/// Builds the client without calling the platform.
pub(crate) fn platform_client(pipeline: &Pipeline, settings: &Settings) -> Result<Platform, RunError> {
    let credentials = Credentials {
        api_key: settings.secret(&pipeline.platform.api_key)?,
        secret: settings.secret(&pipeline.platform.secret)?,
        aes_key: settings.secret(&pipeline.platform.aes_key)?,
        proxy: match &pipeline.platform.proxy {
            ProxyDefinition::Named { login: Some(login), .. } => Some(ProxyCredentials {
                user: settings.secret(&login.user)?,
                password: settings.secret(&login.password)?,
            }),
            ProxyDefinition::Named { login: None, .. } | ProxyDefinition::Environment | ProxyDefinition::Direct => None,
        },
    };
    Ok(Platform::new(pipeline.platform.clone(), credentials)?)
}
