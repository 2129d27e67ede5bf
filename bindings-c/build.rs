//! Sets the soname of the shared library, which has the ABI's version.

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
            // Idle threads may outlive dlclose, which would unmap their code.
            println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
    }
}
