//! Delivery: what the outbox holds goes to the destinations that the product has registered.

mod attempt;
mod calls;
mod pass;
mod policy;
mod report;
pub mod webhook;

pub(crate) use pass::deliver;
pub use policy::{DeliverOptions, DeliveryPolicy};
pub use report::{DeliveryReport, DeliveryTally};
