//! One account at a provider, connected by several tenants.

/// What happens when a tenant connects an account that another tenant has connected.
///
/// However it is shared, the provider is asked to forget a grant only when the last connection to the account ends:
/// some providers forget all grants of an account at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SharedAccounts {
    /// Each tenant reads it for itself, with a grant of its own.
    #[default]
    Share,
    /// The second one is refused: [`crate::Finished::Taken`].
    Refuse,
    /// The second one takes over: the first must authorise again, and then takes over in turn. For providers that
    /// end an account's former authorisation with every new one.
    Supersede,
}
