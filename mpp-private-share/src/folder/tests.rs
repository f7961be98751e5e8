use std::sync::Arc;

use tokio::io::AsyncReadExt;

use super::*;

fn name(text: &str) -> FileName {
    text.parse().unwrap()
}

async fn write(folder: &dyn DeviceFolder, file: &FileName, bytes: &[u8]) {
    let mut pending = folder.create(file).await.unwrap();
    for piece in bytes.chunks(3) {
        pending.write(piece).await.unwrap();
    }
    pending.commit().await.unwrap();
}

async fn read(folder: &dyn DeviceFolder, file: &FileName) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    folder.open(file).await.unwrap()?.read_to_end(&mut bytes).await.unwrap();
    Some(bytes)
}

async fn keeps_the_contract(folder: Arc<dyn DeviceFolder>) {
    let (one, two) = (name("sealed-1.mppe"), name("sealed-2.mppe"));
    assert_eq!(read(&*folder, &one).await, None);
    write(&*folder, &one, b"first version").await;
    write(&*folder, &one, b"second").await;
    assert_eq!(read(&*folder, &one).await.unwrap(), b"second", "committing replaces");
    let mut abandoned = folder.create(&two).await.unwrap();
    abandoned.write(b"half").await.unwrap();
    assert_eq!(folder.list().await.unwrap(), std::slice::from_ref(&one), "unfinished files do not appear");
    drop(abandoned);
    assert_eq!(read(&*folder, &two).await, None);
    folder.remove(&one).await.unwrap();
    folder.remove(&one).await.unwrap();
    assert_eq!(folder.list().await.unwrap(), []);
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    keeps_the_contract(Arc::new(MemoryFolder::default())).await;
}

#[tokio::test]
async fn the_filesystem_keeps_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    keeps_the_contract(Arc::new(FilesystemFolder::open(directory.path()).await.unwrap())).await;
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("private");
    let folder = FilesystemFolder::open(&path).await.unwrap();
    write(&folder, &name("manifest"), b"sealed").await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&path.join("manifest")), 0o600);
}

#[tokio::test]
async fn what_a_killed_app_left_unfinished_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    let folder = FilesystemFolder::open(directory.path()).await.unwrap();
    let mut pending = folder.create(&name("sealed-1")).await.unwrap();
    pending.write(b"half").await.unwrap();
    std::mem::forget(pending);
    drop(folder);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    FilesystemFolder::open(directory.path()).await.unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn names_cannot_leave_the_folder() {
    for bad in ["", ".", "..", "../a", "a/b", "/a", "A", "_a", "a\0", "-a", &"a".repeat(97)] {
        assert!(bad.parse::<FileName>().is_err(), "{bad:?}");
    }
    assert!("sealed-07070707.mppe".parse::<FileName>().is_ok());
}
