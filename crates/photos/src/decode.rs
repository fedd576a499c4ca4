use std::{
    fs,
    io::{self, Write},
    process::ExitCode,
};

use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    time::{ClockId, clock_gettime},
};

use crate::{
    picture, wire,
    wire::{Order, read_order},
};

/// The one argument that makes a program the decoding child.
pub const DECODE_COMMAND: &str = "decode-photo";

const MEMORY: u64 = 512 << 20;
const CPU_SECONDS: u64 = 10;

/// What `<program> decode-photo` runs, before anything else: gives up all it does not need, then draws the photos
/// that arrive on standard input until that is closed.
///
/// Afterwards the process has 512 MiB of address space beyond what its program had when it started and 10
/// seconds of CPU for each photo, leaves no core dump and cannot be traced by its own user. It cannot open
/// another descriptor, which means no file and no socket either.
pub fn decode_child() -> ExitCode {
    match limit_this_process().and_then(|()| draw_until_closed()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn draw_until_closed() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    while let Some((order, photo)) = read_order(&mut input)? {
        allow_cpu_for_one_photo()?;
        let answer = match order {
            Order::Prepare => wire::kept_answer(picture::prepare(&photo))?,
            Order::Display(size) => wire::drawn_answer(picture::display(&photo, size)),
        };
        output.write_all(&answer)?;
        output.flush()?;
    }
    Ok(())
}

fn limit_this_process() -> io::Result<()> {
    let exactly = |limit| Rlimit { current: Some(limit), maximum: Some(limit) };
    setrlimit(Resource::Core, exactly(0))?;
    setrlimit(Resource::As, exactly(mapped_already()? + MEMORY))?;
    // Standard input, output and error are 0, 1 and 2; no number is left for anything else.
    setrlimit(Resource::Nofile, exactly(3))?;
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
        rustix::thread::set_no_new_privs(true)?;
    }
    Ok(())
}

/// Bytes of address space. A program with a web view maps some 400 MB of libraries before it does anything;
/// they are no memory in use and must not come off what a photo may need.
fn mapped_already() -> io::Result<u64> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    let pages: Option<u64> = pages.split(' ').next().and_then(|pages| pages.parse().ok());
    Ok(pages.ok_or(io::ErrorKind::InvalidData)? * rustix::param::page_size() as u64)
}

/// The limit counts the whole life of the process, so it moves on with every photo.
fn allow_cpu_for_one_photo() -> io::Result<()> {
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
    let limit = used.unsigned_abs() + CPU_SECONDS;
    setrlimit(Resource::Cpu, Rlimit { current: Some(limit), maximum: getrlimit(Resource::Cpu).maximum })?;
    Ok(())
}
