//! Sessions: their claims, their policy, their end.
