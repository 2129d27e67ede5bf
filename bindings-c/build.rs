//! The name under which programs ask for the shared library, with the ABI's version in it.

fn main() {
    println!("cargo::rerun-if-changed=abi-version");
    let abi = include_str!("abi-version").trim();
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("macos") => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libroomcast.{abi}.dylib");
        }
        Ok("windows") => {}
        _ => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libroomcast.so.{abi}");
            // After dlclose, idle workers would find their code gone.
            println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
    }
}
