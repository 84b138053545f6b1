//! Who belongs to the tenant.

use std::collections::BTreeSet;

use acquaint_core::Result;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::TenantId;
use acquaint_core::store::Store;
use acquaint_core::view::View;
use acquaint_matcher::{Address, Classifier, Internal, List, Lists};

use crate::manifest::InternalDomains;
use crate::views;

/// How attendees of a tenant are classified now: by its users, colleagues and domains.
pub(crate) async fn classifier(
    store: &dyn Store,
    tenant: &TenantId,
    rule: &InternalDomains,
) -> Result<Classifier> {
    let users = users(store, tenant).await?;
    Ok(classifier_of(rule, &users))
}

/// The addresses of the tenant's own people: those who connected an account, and their colleagues.
pub(crate) async fn users(store: &dyn Store, tenant: &TenantId) -> Result<BTreeSet<String>> {
    let mut users = BTreeSet::new();
    for connection in store.connections(tenant).await? {
        users.extend(connection.email);
    }
    for found in store.providing(tenant, &[DependencyKey::users()]).await? {
        for view in views::decode(&found.views)? {
            if let View::Colleague(colleague) = view {
                users.extend(colleague.emails);
            }
        }
    }
    Ok(users)
}

/// How the attendees of a tenant with these users are classified.
pub(crate) fn classifier_of(rule: &InternalDomains, users: &BTreeSet<String>) -> Classifier {
    let lists = Lists::shipped();
    let internal = users.iter().fold(Internal::new(), |internal, user| internal.user(user));
    let domains = domains(rule, users, &lists);
    let internal = domains.iter().fold(internal, |internal, domain| internal.domain(domain));
    Classifier::new(internal, lists)
}

fn domains(rule: &InternalDomains, users: &BTreeSet<String>, lists: &Lists) -> Vec<String> {
    let mut domains = rule.fixed.clone();
    if rule.from_users {
        // A user with a private mailbox does not make the whole provider the tenant's.
        let hosts =
            users.iter().filter_map(|user| Address::parse(user).ok()).map(|user| user.host().to_owned());
        domains.extend(hosts.filter(|host| !lists.covers(List::FreeMail, host)));
    }
    domains
}
