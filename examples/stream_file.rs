// SPDX-License-Identifier: MIT OR Apache-2.0
//! A file of any size, sealed as a signed envelope and opened again, in the memory of one chunk.
//!
//! `cargo run --release --example stream_file` with a sample, `... -- FILE` with a file of yours.

use chancery::{
    Context, UnixTime,
    envelope::{Opener, Sealer},
    hpke::Identity,
    signing::SigningKey,
};
use std::{
    error::Error,
    fs::{self, File},
    io::{self, BufReader, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    time::Instant,
};

/// Copies all of `from`, which has about `len` bytes, with a bar on stderr for those who watch.
fn copy(what: &str, mut from: impl Read, mut to: impl Write, len: u64) -> io::Result<u64> {
    let (start, watched) = (Instant::now(), io::stderr().is_terminal());
    let (mut buffer, mut copied, mut percent) = (vec![0; 1 << 18], 0, 0);
    loop {
        let n = from.read(&mut buffer)?;
        to.write_all(&buffer[..n])?;
        copied += n as u64;
        let now = if n == 0 { 100 } else { (copied * 100 / len.max(1)).min(100) };
        if watched && (now > percent || n == 0) {
            let bar = "#".repeat(usize::try_from(now / 4).unwrap_or(0));
            eprint!("\r{what} [{bar:25}] {now:3} %");
        }
        percent = now;
        if n == 0 {
            let rate = u128::from(copied) / 1000 / start.elapsed().as_millis().max(1);
            let name = if watched { String::new() } else { format!("{what}:") };
            eprintln!("{name} {copied} bytes, {rate} MB/s");
            return Ok(copied);
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("chancery-stream-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let done = round_trip(std::env::args_os().nth(1).map(PathBuf::from), &folder);
    fs::remove_dir_all(&folder)?;
    done
}

fn round_trip(file: Option<PathBuf>, folder: &Path) -> Result<(), Box<dyn Error>> {
    let sample = folder.join("sample");
    if file.is_none() {
        copy("sample", io::repeat(b'c').take(50_000_000), File::create(&sample)?, 50_000_000)?;
    }
    let (original, sealed, opened) = (file.unwrap_or(sample), folder.join("sealed"), folder.join("opened"));
    let len = fs::metadata(&original)?.len();

    let (archive, owner) = (Identity::generate()?, SigningKey::generate()?);
    let (context, from_owner) = (Context::of("backup"), owner.verifying_key());
    let sealer = Sealer::to(archive.recipient(), &context)?.signed_by(owner);
    let mut writer = sealer.seal_writer(File::create(&sealed)?, UnixTime::now())?;
    copy("seal", File::open(&original)?, &mut writer, len)?;
    writer.finish()?;

    // What was read is used only after `finish` has said who sent it: until then it has another name.
    let opener = Opener::from_senders(archive, &context, from_owner)?;
    let (partial, input) = (folder.join("partial"), File::open(&sealed)?);
    let mut reader = opener.open_reader(input, UnixTime::now())?;
    copy("open", &mut reader, File::create(&partial)?, len)?;
    let origin = reader.finish()?.allow_replays();
    fs::rename(&partial, &opened)?;

    assert!(origin.sender().is_some() && fs::metadata(&sealed)?.len() > len);
    let [before, after] = [original, opened].map(|path| File::open(path).map(BufReader::new));
    assert!(before?.bytes().map(Result::unwrap).eq(after?.bytes().map(Result::unwrap)), "the same bytes");
    Ok(())
}
