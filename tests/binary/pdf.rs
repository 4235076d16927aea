//! PDFs made by hand: a few whole ones, many that are wrong in one way each.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// The objects of a PDF, numbered from 1; object 1 is the catalog.
#[derive(Default)]
pub struct Pdf {
    objects: Vec<Vec<u8>>,
    /// More keys of the trailer.
    pub trailer: String,
}

impl Pdf {
    /// One page with a font F1, the page tree at 2, the page at 3, its content at 4, the font at 5.
    pub fn page(content: &str) -> Self {
        let mut pdf = Self::default();
        pdf.add("<< /Type /Catalog /Pages 2 0 R >>");
        pdf.add("<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
        pdf.add(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
             /Resources << /Font << /F1 5 0 R >> >> >>",
        );
        pdf.add(stream("", content.as_bytes()));
        pdf.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
        pdf
    }

    /// One page that says `text`.
    pub fn text(text: &str) -> Self {
        Self::page(&format!("BT /F1 12 Tf 72 700 Td ({text}) Tj ET"))
    }

    /// A page for each content, all with a font F1.
    pub fn pages(contents: &[String]) -> Self {
        let mut pdf = Self::default();
        pdf.add("<< /Type /Catalog /Pages 2 0 R >>");
        let kids: Vec<String> = (0..contents.len())
            .map(|at| format!("{} 0 R", 4 + 2 * at))
            .collect();
        let (kids, count) = (kids.join(" "), contents.len());
        pdf.add(format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>"));
        pdf.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
        for content in contents {
            let page = pdf.objects.len() + 1;
            pdf.add(format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R \
                 /Resources << /Font << /F1 3 0 R >> >> >>",
                page + 1
            ));
            pdf.add(stream("", content.as_bytes()));
        }
        pdf
    }

    /// A page for each picture, of so many pixels side by side and one under the other at 200 dots an inch, a byte of
    /// grey each.
    pub fn of_pictures(pictures: &[(usize, usize, Vec<u8>)]) -> Vec<u8> {
        let mut pdf = Self::default();
        pdf.add("<< /Type /Catalog /Pages 2 0 R >>");
        let kids: Vec<String> = (0..pictures.len())
            .map(|at| format!("{} 0 R", 3 + 3 * at))
            .collect();
        let (kids, count) = (kids.join(" "), pictures.len());
        pdf.add(format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>"));
        for (width, height, pixels) in pictures {
            let page = pdf.objects.len() + 1;
            let points = |pixels: &usize| *pixels as f32 * 72.0 / 200.0;
            let (w, h) = (points(width), points(height));
            pdf.add(format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {w} {h}] /Contents {} 0 R \
                 /Resources << /XObject << /P {} 0 R >> >> >>",
                page + 1,
                page + 2
            ));
            pdf.add(stream(
                "",
                format!("q {w} 0 0 {h} 0 0 cm /P Do Q").as_bytes(),
            ));
            let keys = format!(
                "/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray \
                 /BitsPerComponent 8 /Filter /FlateDecode"
            );
            pdf.add(stream(&keys, &deflated(pixels)));
        }
        pdf.bytes()
    }

    /// Appends an object; its number is returned.
    pub fn add(&mut self, body: impl Into<Vec<u8>>) -> usize {
        self.objects.push(body.into());
        self.objects.len()
    }

    pub fn set(mut self, number: usize, body: impl Into<Vec<u8>>) -> Self {
        self.objects[number - 1] = body.into();
        self
    }

    pub fn with(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.add(body);
        self
    }

    pub fn trailer(mut self, keys: &str) -> Self {
        self.trailer = keys.into();
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut offsets = Vec::new();
        for (i, body) in self.objects.iter().enumerate() {
            offsets.push(out.len());
            out.extend(format!("{} 0 obj\n", i + 1).bytes());
            out.extend(body);
            out.extend(b"\nendobj\n");
        }
        let start = out.len();
        out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).bytes());
        for offset in offsets {
            out.extend(format!("{offset:010} 00000 n \n").bytes());
        }
        let (size, more) = (self.objects.len() + 1, &self.trailer);
        out.extend(format!("trailer\n<< /Size {size} /Root 1 0 R {more} >>\n").bytes());
        out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        out
    }
}

/// A stream object with more `keys`.
pub fn stream(keys: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<< /Length {} {keys} >>\nstream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

pub fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// `count` times `unit`, deflated twice: a few kilobytes that unfold to gigabytes.
pub fn bomb(unit: &[u8], count: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let block = unit.repeat(65_536);
    for _ in 0..count / 65_536 {
        encoder.write_all(&block).unwrap();
    }
    deflated(&encoder.finish().unwrap())
}

/// A page in a Type0 font whose CIDFont and ToUnicode are given.
pub fn composite(cid_keys: &str, to_unicode: &str) -> Pdf {
    let mut pdf = Pdf::page("BT /F1 12 Tf 72 700 Td <00410042> Tj ET");
    pdf = pdf.set(
        5,
        "<< /Type /Font /Subtype /Type0 /BaseFont /Fake /Encoding /Identity-H \
         /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
    );
    pdf.add(format!(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Fake /CIDSystemInfo \
         << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 8 0 R \
         {cid_keys} >>"
    ));
    pdf.add(stream("", to_unicode.as_bytes()));
    pdf.add(
        "<< /Type /FontDescriptor /FontName /Fake /Flags 4 /FontBBox [0 0 1000 1000] \
         /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>",
    );
    pdf
}
