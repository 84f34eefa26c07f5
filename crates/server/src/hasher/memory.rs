//! argon2 with memory that is used again while passwords wait to be hashed.
//!
//! The allocator gives memory of that size back at once. Getting it from the system again for each password takes nearly as long as the
//! hash: little more than half of them are hashed.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, Error, PasswordHasher, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// argon2id of these parameters.
pub(super) struct Reusing {
    params: Params,
    unused: Mutex<Vec<Vec<Block>>>,
}

impl Reusing {
    /// It takes no memory yet.
    pub(super) fn new(params: Params) -> Self {
        Self {
            params,
            unused: Mutex::default(),
        }
    }

    /// The parameters of new hashes.
    pub(super) fn params(&self) -> &Params {
        &self.params
    }

    /// Gives back the memory that is not in use.
    pub(super) fn forget(&self) {
        let unused = std::mem::take(&mut *self.unused());
        drop(unused);
    }

    fn unused(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.unused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PasswordHasher<PasswordHash> for Reusing {
    fn hash_password_with_salt(&self, password: &[u8], salt: &[u8]) -> Result<PasswordHash> {
        self.hash_password_customized(password, salt, None, None, self.params.clone())
    }
}

impl CustomizedPasswordHasher<PasswordHash> for Reusing {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash> {
        let algorithm = algorithm.map_or(Ok(Algorithm::Argon2id), Algorithm::try_from)?;
        let version = version.map_or(Ok(Version::V0x13), Version::try_from)?;
        let mut buffer = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = buffer.get_mut(..length).ok_or(Error::OutputSize)?;
        let unused = self.unused().pop();
        let mut blocks = unused.unwrap_or_default();
        if blocks.len() < params.block_count() {
            blocks = vec![Block::new(); params.block_count()];
        }
        let shown = ParamsString::try_from(&params)?;
        Argon2::new(algorithm, version, params).hash_password_into_with_memory(
            password,
            salt,
            output,
            &mut blocks,
        )?;
        self.unused().push(blocks);
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: shown,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(output)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::PasswordVerifier;

    fn params(memory_kib: u32) -> Params {
        Params::new(memory_kib, 2, 1, None).unwrap()
    }

    #[test]
    fn memory_used_again_changes_no_hash() {
        let hasher = Reusing::new(params(64));
        let plain = Argon2::from(params(64));
        for password in ["", "correct horse", "batterie agrafée", "correct horse"] {
            let salt = b"salt of the test";
            let made = hasher
                .hash_password_with_salt(password.as_bytes(), salt)
                .unwrap();
            let expected = plain.hash_password_with_salt(password.as_bytes(), salt);
            assert_eq!(made, expected.unwrap());
            assert_eq!(hasher.unused().len(), 1);
        }
        hasher.forget();
        assert!(hasher.unused().is_empty());
    }

    #[test]
    fn a_hash_of_other_parameters_is_compared_by_its_own() {
        let hasher = Reusing::new(params(64));
        // The memory that is there suits the first, not the second.
        for memory_kib in [16, 256] {
            hasher.hash_password_with_salt(b"any", b"any salt").unwrap();
            let other = Argon2::new(Algorithm::Argon2i, Version::V0x10, params(memory_kib));
            let stored = other
                .hash_password_with_salt(b"correct horse", b"another salt")
                .unwrap();
            assert_eq!(hasher.verify_password(b"correct horse", &stored), Ok(()));
            let wrong = hasher.verify_password(b"Correct horse", &stored);
            assert_eq!(wrong, Err(Error::PasswordInvalid));
        }
    }
}
