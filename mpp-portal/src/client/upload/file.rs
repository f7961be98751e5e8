//! The file as it was sent: how large, in which encoding.

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use multer::{Field, Multipart};

use super::LARGEST;

/// Beyond this many bytes nothing is read any more.
const MOST_READ: u64 = 64 * 1024 * 1024;

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// No product was chosen.
    NoProduct,
    /// No file was chosen, or there is nothing in it.
    Empty,
    /// It did not arrive whole.
    Broken,
    /// It has too many rows; about how many.
    TooManyRows(u64),
    /// It has too many bytes, though not too many rows.
    TooLarge,
    /// It is the file of a spreadsheet program.
    Workbook,
    /// It is written in UTF-16.
    Utf16,
    /// It is written in another encoding than UTF-8; the first line that shows it.
    NotUtf8(u64),
    /// A column that is needed is not there.
    ColumnMissing(&'static str),
    /// A column has a name that is not known; the number of the column.
    ColumnUnknown(usize),
    /// A column occurs twice.
    ColumnTwice(&'static str),
    /// It is not comma-separated values; the line.
    NotCsv(u64),
}

/// What the form was sent with.
pub(super) struct Sent {
    pub(super) product: String,
    pub(super) bytes: Vec<u8>,
}

/// Reads the form. A file that is too large is read to its end all the same, counting its lines only, so that the browser
/// gets an answer and the person a number.
///
/// # Errors
/// When there is no file, or it is too large.
pub(super) async fn sent(request: Request) -> Result<Sent, Unreadable> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok()).ok_or(Unreadable::Broken)?;
    let mut form = Multipart::new(request.into_body().into_data_stream(), boundary);
    let mut sent = Sent { product: String::new(), bytes: Vec::new() };
    while let Some(field) = form.next_field().await.map_err(|_| Unreadable::Broken)? {
        match field.name() {
            Some("product") => {
                let product = read(field).await?;
                sent.product = String::from_utf8(product).map_err(|_| Unreadable::NoProduct)?;
            }
            Some("file") => sent.bytes = read(field).await?,
            _ => {}
        }
    }
    if sent.bytes.is_empty() { Err(Unreadable::Empty) } else { Ok(sent) }
}

async fn read(mut field: Field<'_>) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    let (mut lines, mut length) = (0_u64, 0_u64);
    while let Some(chunk) = field.chunk().await.map_err(|_| Unreadable::Broken)? {
        length = length.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        lines = lines.saturating_add(line_ends(&chunk));
        if bytes.len().saturating_add(chunk.len()) <= LARGEST
            && length <= LARGEST.try_into().unwrap_or(u64::MAX)
        {
            bytes.extend_from_slice(&chunk);
        }
        if length > MOST_READ {
            return Err(Unreadable::TooLarge);
        }
    }
    if usize::try_from(length).is_ok_and(|length| length == bytes.len()) {
        return Ok(bytes);
    }
    let too_many = u64::try_from(super::MOST_ROWS).unwrap_or(u64::MAX);
    Err(if lines > too_many {
        Unreadable::TooManyRows(lines.saturating_sub(1))
    } else {
        Unreadable::TooLarge
    })
}

fn line_ends(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u64::MAX)
}

/// The file's text, without a mark of its byte order.
///
/// # Errors
/// When it is no text in UTF-8, which is told apart by what people do about it.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, Unreadable> {
    // ZIP (xlsx, ods) and the older compound files (xls)
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(Unreadable::Workbook);
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) || bytes.contains(&0) {
        return Err(Unreadable::Utf16);
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        Unreadable::NotUtf8(line_ends(good).saturating_add(1))
    })?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() { Err(Unreadable::Empty) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_encodings_are_told_apart() {
        let utf16: Vec<u8> = "case_ref".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let with_mark = [&[0xFF, 0xFE][..], &utf16].concat();
        for (bytes, what) in [
            (utf16, Unreadable::Utf16),
            (with_mark, Unreadable::Utf16),
            (b"case_ref,name\nA,x\nB,Jos\xE9\n".to_vec(), Unreadable::NotUtf8(3)),
            (b"PK\x03\x04rest".to_vec(), Unreadable::Workbook),
            (b"\xEF\xBB\xBF \r\n".to_vec(), Unreadable::Empty),
        ] {
            assert_eq!(text(bytes), Err(what));
        }
        assert_eq!(text("\u{feff}case_ref,नाम".into()).unwrap(), "case_ref,नाम");
    }
}
