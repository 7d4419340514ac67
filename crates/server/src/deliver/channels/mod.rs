//! The channels, one file each: how a message that may go reaches a carrier of that kind.

pub mod stream;
pub mod provider;
mod alibaba;
mod rcs_alibaba;
mod tencent;
mod twilio;
mod generic;
mod rbm;
mod fcm;
mod apns;
mod push_vendor;
mod wechat;
mod email;
mod voice;
mod in_app;
