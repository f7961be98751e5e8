//! A process dumps its own memory.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Writes every writable part of this process's memory (heap, stacks, data, anonymous maps) to a file of its own in a new
/// folder.
pub(crate) fn dump(to: &Path) {
    std::fs::create_dir(to).unwrap();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut page = vec![0; 1 << 16];
    for line in maps.lines() {
        let Some((start, end)) = writable(line) else { continue };
        let name = line.rsplit([' ', '/']).next().unwrap_or_default();
        let mut dump = File::create(to.join(format!("{start:x}-{end:x} {name}"))).unwrap();
        memory.seek(SeekFrom::Start(start)).unwrap();
        let mut left = end - start;
        while left > 0 {
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(page.len());
            // A part that went away or has no pages behind it ends the map.
            if memory.read_exact(&mut page[..length]).is_err() {
                break;
            }
            dump.write_all(&page[..length]).unwrap();
            left -= u64::try_from(length).unwrap();
        }
    }
}

fn writable(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split(' ');
    let (start, end) = words.next()?.split_once('-')?;
    let readable = words.next()?.starts_with("rw");
    let number = |text| u64::from_str_radix(text, 16).ok();
    readable.then_some((number(start)?, number(end)?))
}
