//! The kinds of image that EvalAI takes as a logo, told by content: a file's name may be wrong.

/// A kind of image that EvalAI takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageType {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

impl ImageType {
    /// The kind of the image that starts with `beginning`, of which eight bytes are enough.
    #[must_use]
    pub fn of(beginning: &[u8]) -> Option<Self> {
        if beginning.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if beginning.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else {
            None
        }
    }

    /// The extensions under which EvalAI takes it, the usual one first. A push is refused for
    /// any other, and for upper case.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ImageType;

    #[test]
    fn an_image_is_told_by_its_first_bytes() {
        for (beginning, expected) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], Some(ImageType::Png)),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Some(ImageType::Jpeg)),
            (b"\xff\xd8\xff\xe1\0\x18Exif", Some(ImageType::Jpeg)),
            (b"\x89PNG\n\x1a\n", None),
            (b"\x89PNG", None),
            (b"\xff\xd8", None),
            (b"GIF89a", None),
            (b"<svg xmlns=", None),
            (b"RIFF\0\0\0\0WEBP", None),
            (b"", None),
        ] {
            assert_eq!(ImageType::of(beginning), expected, "{beginning:?}");
        }
    }

    #[test]
    fn an_image_has_the_extensions_that_a_push_may_name() {
        assert_eq!(ImageType::Png.extensions(), ["png"]);
        assert_eq!(ImageType::Jpeg.extensions(), ["jpg", "jpeg"]);
    }
}
