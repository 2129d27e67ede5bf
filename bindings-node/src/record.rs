//! Converts the core's records to plain objects.

use std::time::UNIX_EPOCH;

use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, Result, sys};
use roomcast::{Event, Field, Spelling};

/// An event as a plain object. Its `data` is JSON text, for `JSON.parse`.
pub struct EventObject(pub(crate) Event);

impl ToNapiValue for EventObject {
    unsafe fn to_napi_value(raw_env: sys::napi_env, event: Self) -> Result<sys::napi_value> {
        let env = Env::from_raw(raw_env);
        let object = object(&env, event.0.fields())?;
        // SAFETY: the environment is the caller's, and the object was created in it.
        unsafe { Object::to_napi_value(raw_env, object) }
    }
}

/// Every field by its name. A time or duration that the server did not send is absent; text that it did not send is empty.
pub(crate) fn object<'env>(env: &'env Env, fields: Vec<(&'static str, Field<'_>)>) -> Result<Object<'env>> {
    let mut object = Object::new(env)?;
    for (name, field) in fields {
        let name = Spelling::Camel.of(name);
        match field {
            Field::Text(text) | Field::Json(text) => object.set(name, text)?,
            Field::Flag(flag) => object.set(name, flag)?,
            Field::Texts(texts) => object.set(name, texts.to_vec())?,
            Field::Duration(Some(time)) => object.set(format!("{name}Ms"), time.as_secs_f64() * 1000.0)?,
            Field::Time(Some(time)) => {
                // A Date has milliseconds; anything finer is truncated.
                let since = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
                object.set(name, env.create_date(since as f64)?)?;
            }
            Field::Duration(None) | Field::Time(None) => {}
        }
    }
    Ok(object)
}
