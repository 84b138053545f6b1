//! acquaint
