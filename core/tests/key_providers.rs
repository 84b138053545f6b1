//! What every key provider promises, asked of those that are here, and of broken ones to see that it would be noticed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Mutex;

use acquaint_core::keys::{DataKey, KeyFolder, KeyId, KeyProvider, Keys, WrappedKey};
use acquaint_core::{Error, ErrorKind, Result, async_trait};

type TenantId = acquaint_core::ids::TenantId;

fn is_sealed<T>(result: Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::Sealed && !error.is_transient())
}

/// The promises that `provider` breaks. `rotated` is the same keys seen after a rotation, or the same provider if
/// it does not rotate.
async fn broken<P: KeyProvider>(provider: &P, rotated: &P, rotates: bool) -> Vec<&'static str> {
    let mut broken = Vec::new();
    let mut promise = |name, kept: bool| {
        if !kept {
            broken.push(name);
        }
    };
    let (acme, globex) = (TenantId::from("acme"), TenantId::from("globex"));
    let key = DataKey::new([9; 32]);
    let wrapped = provider.wrap(&acme, &key).await.unwrap();
    let others = provider.wrap(&globex, &key).await.unwrap();
    let opens = async |provider: &P, tenant: &TenantId, wrapped: &WrappedKey| {
        provider.unwrap(tenant, wrapped).await.is_ok_and(|found| found == key)
    };

    promise("what is wrapped unwraps", opens(provider, &acme, &wrapped).await);
    promise("the current key wraps", wrapped.by == provider.current(&acme).await.unwrap());
    let bare = wrapped.bytes.windows(32).any(|window| window == key.expose());
    promise("a wrapped key is not to be read", !bare);
    promise("another tenant is refused", is_sealed(provider.unwrap(&globex, &wrapped).await));
    let mut notices = true;
    for index in 0..wrapped.bytes.len() {
        let mut altered = wrapped.clone();
        altered.bytes[index] ^= 1;
        notices &= is_sealed(provider.unwrap(&acme, &altered).await);
        let cut = WrappedKey { by: wrapped.by.clone(), bytes: wrapped.bytes[..index].to_vec() };
        notices &= is_sealed(provider.unwrap(&acme, &cut).await);
    }
    promise("altered bytes are refused", notices);
    let unknown = WrappedKey { by: "unknown".into(), bytes: wrapped.bytes.clone() };
    promise("an unknown key is refused", is_sealed(provider.unwrap(&acme, &unknown).await));

    let stale = rotated.current(&acme).await.unwrap() != wrapped.by;
    promise("what a retired key wrapped is stale", stale == rotates);
    promise("what a retired key wrapped unwraps", opens(rotated, &acme, &wrapped).await);

    match rotated.destroy(&acme).await {
        Ok(()) => {
            rotated.destroy(&acme).await.unwrap();
            let gone = is_sealed(rotated.unwrap(&acme, &wrapped).await);
            let again = rotated.wrap(&acme, &key).await.unwrap();
            let still = is_sealed(rotated.unwrap(&acme, &wrapped).await);
            promise("destroyed is destroyed", gone && still);
            let works = again.by != wrapped.by && opens(rotated, &acme, &again).await;
            promise("a tenant that comes back has another key", works);
        }
        Err(error) => {
            promise("who cannot destroy says so", error.kind() == ErrorKind::Unsupported);
            promise("who cannot destroy does not", opens(rotated, &acme, &wrapped).await);
        }
    }
    promise("others live on", opens(rotated, &globex, &others).await);
    broken
}

#[tokio::test]
async fn keys_in_memory_keep_the_promises() {
    let keys = Keys::new("a", [1; 32]);
    let rotated = Keys::new("b", [2; 32]).retired("a", [1; 32]);
    assert_eq!(broken(&keys, &rotated, true).await, [""; 0]);
}

#[tokio::test]
async fn a_folder_of_keys_keeps_the_promises() {
    let home = tempfile::TempDir::new().unwrap();
    let at = |master| KeyFolder::at(home.path().join("keys"), master).unwrap();
    let keys = at(Keys::new("a", [1; 32]));
    let rotated = at(Keys::new("b", [2; 32]).retired("a", [1; 32]));
    assert_eq!(broken(&keys, &rotated, false).await, [""; 0]);
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Defect {
    SharesTenants,
    IgnoresDamage,
    ShowsTheKey,
    ForgetsRetired,
    KeepsDestroyed,
    DestroysAll,
}

/// Keys in the clear with a mark of their tenant; as it should be but for one defect.
#[derive(Debug)]
struct Broken {
    defect: Defect,
    generations: Mutex<std::collections::HashMap<TenantId, u64>>,
    first: u64,
}

impl Broken {
    fn new(defect: Defect, first: u64) -> Self {
        Self { defect, generations: Mutex::default(), first }
    }

    fn id(&self, tenant: &TenantId) -> u64 {
        *self.generations.lock().unwrap().get(tenant).unwrap_or(&self.first)
    }

    fn mark(&self, tenant: &TenantId, key: &[u8]) -> u8 {
        let tenant = if self.defect == Defect::SharesTenants { "" } else { tenant.as_str() };
        // Changes with any one bit, which is all that is asked of it here.
        tenant.bytes().chain(key.iter().copied()).fold(7, |mark, byte| mark.rotate_left(1) ^ byte)
    }
}

#[async_trait]
impl KeyProvider for Broken {
    async fn current(&self, tenant: &TenantId) -> Result<KeyId> {
        Ok(self.id(tenant).to_string().into())
    }

    async fn wrap(&self, tenant: &TenantId, key: &DataKey) -> Result<WrappedKey> {
        let mask = if self.defect == Defect::ShowsTheKey { 0 } else { 0x55 };
        let mut bytes: Vec<u8> = key.expose().iter().map(|byte| byte ^ mask).collect();
        bytes.push(self.mark(tenant, &bytes));
        Ok(WrappedKey { by: self.current(tenant).await?, bytes })
    }

    async fn unwrap(&self, tenant: &TenantId, wrapped: &WrappedKey) -> Result<DataKey> {
        let sealed = || Error::new(ErrorKind::Sealed, "refused");
        let id: u64 = wrapped.by.as_str().parse().map_err(|_| sealed())?;
        let oldest = match self.defect {
            Defect::KeepsDestroyed => 0,
            Defect::ForgetsRetired => self.id(tenant),
            // A rotation adds one, a destruction ten.
            _ => self.id(tenant).saturating_sub(1),
        };
        let Some((mark, masked)) = wrapped.bytes.split_last() else { return Err(sealed()) };
        // One flipped bit is one flipped bit of the mark; another tenant is more.
        let wrong = (*mark ^ self.mark(tenant, masked)).count_ones();
        let bearable = u32::from(self.defect == Defect::IgnoresDamage);
        if id < oldest || wrapped.bytes.len() != 33 || wrong > bearable {
            return Err(sealed());
        }
        let mask = if self.defect == Defect::ShowsTheKey { 0 } else { 0x55 };
        let mut key = [0; 32];
        for (to, from) in key.iter_mut().zip(masked) {
            *to = from ^ mask;
        }
        Ok(DataKey::new(key))
    }

    async fn destroy(&self, tenant: &TenantId) -> Result<()> {
        let mut tenants = vec![tenant.clone()];
        if self.defect == Defect::DestroysAll {
            tenants.push("globex".into());
        }
        for tenant in tenants {
            let next = self.id(&tenant) + 10;
            self.generations.lock().unwrap().insert(tenant, next);
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_broken_provider_breaks_its_own_promise_and_no_other() {
    let cases: [(Defect, &[&str]); 6] = [
        (Defect::SharesTenants, &["another tenant is refused"]),
        (Defect::IgnoresDamage, &["altered bytes are refused"]),
        (Defect::ShowsTheKey, &["a wrapped key is not to be read"]),
        (Defect::KeepsDestroyed, &["destroyed is destroyed"]),
        (Defect::DestroysAll, &["others live on"]),
        (Defect::ForgetsRetired, &["what a retired key wrapped unwraps", "others live on"]),
    ];
    for (defect, promises) in cases {
        let (before, rotated) = (Broken::new(defect, 1), Broken::new(defect, 2));
        assert_eq!(broken(&before, &rotated, true).await, promises, "{defect:?}");
    }
}
