//! Builds the binary anew when the pages and scripts that it holds have changed.

fn main() {
    for folder in ["../widget-sdk/dist", "../console/dist", "assets"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
