//! Why an attendee is easy or hard to find.

use std::fmt;

macro_rules! causes {
    ($($(#[doc = $doc:literal])+ $variant:ident $field:ident $share:literal,)+) => {
        /// What is peculiar about an attendee: each case of a world has exactly one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Cause {
            $($(#[doc = $doc])+ $variant,)+
        }

        /// How often each [`Cause`] is met among the attendees, in relation to the others. The defaults add up to
        /// about 100, so that each reads as a percentage.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Shares {
            $($(#[doc = $doc])+ pub $field: f64,)+
        }

        impl Default for Shares {
            fn default() -> Self {
                Self { $($field: $share,)+ }
            }
        }

        impl Shares {
            /// The share of one cause.
            pub fn of(&self, cause: Cause) -> f64 {
                match cause {
                    $(Cause::$variant => self.$field,)+
                }
            }
        }

        impl Cause {
            /// Every cause, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name, as in a table.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($field),)+
                }
            }
        }
    };
}

causes! {
    /// A contact of the CRM, by the address that the CRM has.
    KnownContact known_contact 27.0,
    /// A contact of the CRM, by an address that is not its primary one.
    SecondaryAddress secondary_address 3.0,
    /// A contact of the CRM, by another spelling of its address: plus tag, dots at Gmail, another host of the provider.
    RelaxedAddress relaxed_address 1.0,
    /// Somebody new, at a company of which the CRM has the mail domain.
    UnknownColleague unknown_colleague 11.0,
    /// Somebody whose mail host is below the company's domain.
    HostBelow host_below 1.5,
    /// One of several customers that have their mail below one registered name.
    SiblingCustomers sibling_customers 0.3,
    /// Somebody of a subsidiary that has its own domain.
    SubsidiaryOwnDomain subsidiary_own_domain 2.5,
    /// Somebody of a subsidiary whose people have the group's mail domain.
    SubsidiaryGroupMail subsidiary_group_mail 2.0,
    /// Somebody of one of many offices that the CRM has as accounts with the same domain.
    RegionalOffice regional_office 2.0,
    /// Somebody of a company that was bought.
    Takeover takeover 1.5,
    /// Somebody whose mail domain is not the one that the CRM has for the company.
    OtherMailDomain other_mail_domain 3.0,
    /// Somebody on the company's name below another top-level domain, which the CRM does not have.
    SiblingDomain sibling_domain 0.7,
    /// Somebody of a reseller, known to the CRM for the customers they look after.
    Partner partner 1.5,
    /// Somebody who works at a customer on their own account.
    Contractor contractor 1.0,
    /// A founder on a free-mail address, known to the CRM.
    Founder founder 2.0,
    /// Somebody on free mail whom the CRM does not know.
    FreeMailStranger free_mail_stranger 3.0,
    /// Somebody of a company that is not in the CRM.
    UnknownCompany unknown_company 6.0,
    /// Somebody who has left the company at which the CRM has them.
    StaleContact stale_contact 1.5,
    /// A contact of whose address the CRM has a misspelling.
    MisspeltInCrm misspelt_in_crm 0.6,
    /// A contact whose address the CRM has at a colleague's record.
    CrossedInCrm crossed_in_crm 0.1,
    /// Somebody of whom the CRM has several contacts, merged or not.
    DuplicateContact duplicate_contact 2.0,
    /// Somebody of a company of which the CRM has several accounts, merged or not.
    DuplicateAccount duplicate_account 2.0,
    /// A shared mailbox.
    RoleAddress role_address 1.5,
    /// A distribution list.
    DistributionList distribution_list 0.3,
    /// Somebody at a university, whose domain many departments share.
    University university 1.2,
    /// A throw-away address.
    Disposable disposable 0.2,
    /// Somebody whom the CRM does not know, with the name of a contact elsewhere or the family name of a colleague.
    SameName same_name 1.0,
    /// A contact by an address that the CRM does not have, but whose name and company tell who it is.
    NameAtAccount name_at_account 2.0,
    /// Somebody whose contact or company was put aside in the CRM.
    ArchivedRecord archived_record 1.0,
    /// Somebody of a company that was put aside in the CRM, while the one above it is there.
    ArchivedUnderLive archived_under_live 0.3,
    /// A top-level domain that the company owns.
    BrandTld brand_tld 0.2,
    /// A company below a suffix of two labels, such as `com.cy`.
    CountrySuffix country_suffix 3.0,
    /// A company whose domain is not ASCII.
    Idn idn 0.4,
    /// One of the tenant's own users.
    InternalUser internal_user 9.0,
    /// Somebody of a subsidiary of the tenant.
    OwnSubsidiary own_subsidiary 0.7,
    /// One of the tenant's users, on free mail.
    InternalFreeMail internal_free_mail 0.5,
    /// A room or a piece of equipment.
    Room room 2.5,
    /// A machine.
    Robot robot 1.0,
    /// A name without an address.
    NoAddress no_address 0.3,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
