//! The platform's client, with the secrets that the pipeline names.

use crate::failure::RunError;
use crate::pipeline::Pipeline;
use crate::platform::{Credentials, Platform};
use crate::settings::Settings;

/// Asks the platform nothing yet.
pub(crate) fn platform_client(pipeline: &Pipeline, settings: &Settings) -> Result<Platform, RunError> {
    let credentials = Credentials {
        api_key: settings.secret(&pipeline.platform.api_key)?,
        secret: settings.secret(&pipeline.platform.secret)?,
        aes_key: settings.secret(&pipeline.platform.aes_key)?,
    };
    Ok(Platform::new(pipeline.platform.clone(), credentials)?)
}
