//! How common each peculiarity of a CRM is.

use super::Shares;

/// How large a world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many companies the tenant has to do with. The CRM has a few more accounts, because of duplicates.
    pub companies: usize,
    /// How many attendees are asked for.
    pub attendees: usize,
    /// How many people work at a company on average, as far as the tenant could ever meet them.
    pub people: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self { companies: 2_000, attendees: 10_000, people: 12 }
    }
}

/// How often each thing happens in a world. The defaults are meant to look like the CRM of a company that sells to
/// other companies of all sizes, after some years of use by people in a hurry.
///
/// Rates are from 0 to 1. Those of companies are tried in the order of the fields, and what is left is plain.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    /// How often each cause is met among the attendees.
    pub attendees: Shares,

    /// Companies at the head of a group, with one to four subsidiaries.
    pub groups: f64,
    /// Subsidiaries whose people have the group's mail domain. The others have their own.
    pub group_mail: f64,
    /// Subsidiaries for which the CRM names the parent.
    pub known_parents: f64,
    /// Companies that are several accounts, one for each of three to eight offices, with the same domain.
    pub regional: f64,
    /// Companies that have bought another.
    pub takeovers: f64,
    /// Companies whose mail domain is not their website.
    pub other_mail_domains: f64,
    /// Registered names below which several customers have their mail.
    pub sibling_customers: f64,
    /// Resellers.
    pub resellers: f64,
    /// Resellers that have an account of their own.
    pub known_resellers: f64,
    /// Companies whose people use free mail.
    pub founders: f64,
    /// Universities, with one to five departments.
    pub universities: f64,
    /// Companies with a top-level domain of their own, as long as there are any.
    pub brands: f64,
    /// Companies with a domain that is not ASCII.
    pub idn: f64,
    /// Companies with several accounts by mistake.
    pub duplicate_accounts: f64,
    /// Companies whose account was put aside.
    pub archived_accounts: f64,
    /// Companies whose account was put aside while the one above it is there.
    pub archived_under_live: f64,
    /// Companies that are not in the CRM, in relation to those that are.
    pub strangers: f64,

    /// Domains that have nothing to do with the company's name.
    pub unrelated_domains: f64,
    /// Companies without a word of what they do in their name, so that names collide.
    pub one_word_names: f64,
    /// Accounts whose name has the legal form in the CRM.
    pub legal_forms: f64,
    /// Accounts whose name is misspelt in the CRM.
    pub misspelt_accounts: f64,
    /// Accounts of founders with a free-mail domain as their website.
    pub free_mail_websites: f64,

    /// People whom the CRM has.
    pub known_people: f64,
    /// Contacts that the CRM links to no account.
    pub unlinked: f64,
    /// Links that say that this is the contact's main company.
    pub primary_links: f64,
    /// Contacts without a name in the CRM.
    pub nameless: f64,
    /// Contacts with an address more than they are usually known by.
    pub second_addresses: f64,
    /// Contacts with a free-mail address, who write it in another way.
    pub relaxed_addresses: f64,
    /// Contacts who have left.
    pub leavers: f64,
    /// Contacts whose address is misspelt.
    pub misspelt_addresses: f64,
    /// Companies of which two contacts have each other's address, as after a slip in a spreadsheet.
    pub crossed_addresses: f64,
    /// Contacts that the CRM has several times.
    pub duplicate_contacts: f64,
    /// Contacts who have another address than the one that the CRM has.
    pub other_addresses: f64,
    /// Contacts who are no employees.
    pub contractors: f64,
    /// Contacts that were put aside.
    pub archived_contacts: f64,
    /// People whom the CRM does not have, with the name of somebody it has.
    pub namesakes: f64,

    /// Attendees without a display name.
    pub no_display_name: f64,
    /// Attendees whose display name is not simply given and family name.
    pub odd_display_names: f64,
    /// Attendees whose address is written in another case.
    pub odd_case: f64,
}

impl Default for Mix {
    fn default() -> Self {
        Self {
            attendees: Shares::default(),
            groups: 0.035,
            group_mail: 0.4,
            known_parents: 0.7,
            regional: 0.006,
            takeovers: 0.012,
            other_mail_domains: 0.06,
            sibling_customers: 0.003,
            resellers: 0.02,
            known_resellers: 0.6,
            founders: 0.06,
            universities: 0.008,
            brands: 0.003,
            idn: 0.006,
            duplicate_accounts: 0.04,
            archived_accounts: 0.03,
            archived_under_live: 0.006,
            strangers: 0.3,
            unrelated_domains: 0.18,
            one_word_names: 0.15,
            legal_forms: 0.45,
            misspelt_accounts: 0.02,
            free_mail_websites: 0.1,
            known_people: 0.55,
            unlinked: 0.06,
            primary_links: 0.8,
            nameless: 0.03,
            second_addresses: 0.07,
            relaxed_addresses: 0.02,
            leavers: 0.06,
            misspelt_addresses: 0.015,
            crossed_addresses: 0.01,
            duplicate_contacts: 0.05,
            other_addresses: 0.05,
            contractors: 0.02,
            archived_contacts: 0.03,
            namesakes: 0.03,
            no_display_name: 0.2,
            odd_display_names: 0.3,
            odd_case: 0.12,
        }
    }
}
