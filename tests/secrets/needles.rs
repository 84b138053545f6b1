//! Looking for secrets, in whatever shape they may come.

use std::collections::{BTreeMap, HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use url::form_urlencoded;

/// So many bytes of a secret, from any place in it, give it away.
const ENOUGH: usize = 12;

/// What must not be found, and what may be although a secret has it inside.
#[derive(Debug, Default, Clone)]
pub(crate) struct Secrets {
    known: BTreeMap<Vec<u8>, String>,
    public: Vec<String>,
}

impl Secrets {
    pub(crate) fn add(&mut self, what: &str, secret: impl AsRef<[u8]>) {
        let secret = secret.as_ref();
        assert!(secret.len() > ENOUGH, "{what} is too short to be told from other text");
        self.known.entry(secret.to_vec()).or_insert_with(|| what.to_owned());
    }

    /// What anybody may see.
    pub(crate) fn public(&mut self, text: impl Into<String>) {
        self.public.push(text.into());
    }

    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// How many there are of each kind.
    pub(crate) fn kinds(&self) -> BTreeMap<&str, usize> {
        let mut kinds = BTreeMap::new();
        for what in self.known.values() {
            *kinds.entry(what.as_str()).or_default() += 1;
        }
        kinds
    }

    pub(crate) fn needles(&self) -> Needles {
        let mut needles = Needles { shapes: Vec::new(), starts: HashMap::new(), filter: vec![0; 1 << 18] };
        let in_shapes = |text: &String| shapes(text.as_bytes()).into_iter().map(|(_, text, _)| text);
        let public: Vec<Vec<u8>> = self.public.iter().flat_map(in_shapes).collect();
        let mut pieces: HashMap<usize, HashSet<&[u8]>> = HashMap::new();
        for (secret, what) in &self.known {
            for (name, text, enough) in shapes(secret) {
                let of_length = || public.iter().flat_map(|text| text.windows(enough)).collect();
                let public = pieces.entry(enough).or_insert_with(of_length);
                needles.add(format!("{what}, {name}"), text, enough, public);
            }
        }
        needles
    }
}

/// A secret in one shape.
#[derive(Debug)]
struct Shape {
    what: String,
    text: Vec<u8>,
    enough: usize,
}

/// Finds any piece of any shape of any secret, if it is long enough.
#[derive(Debug)]
pub(crate) struct Needles {
    shapes: Vec<Shape>,
    /// By the first bytes of a piece: its shape and place in it.
    starts: HashMap<u64, Vec<(u32, u32)>>,
    /// Which first bytes there are, roughly: most text is passed over by it.
    filter: Vec<u64>,
}

/// A secret that was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) what: String,
    pub(crate) at: usize,
    pub(crate) around: String,
}

impl Needles {
    pub(crate) fn shapes(&self) -> usize {
        self.shapes.len()
    }

    fn add(&mut self, what: String, text: Vec<u8>, enough: usize, public: &HashSet<&[u8]>) {
        let number = u32::try_from(self.shapes.len()).unwrap();
        let (mut kept, mut all) = (0, 0);
        for (at, piece) in text.windows(enough).enumerate() {
            all += 1;
            if public.contains(piece) {
                continue;
            }
            kept += 1;
            let (start, bit) = start(piece);
            self.filter[bit >> 6] |= 1 << (bit & 63);
            self.starts.entry(start).or_default().push((number, u32::try_from(at).unwrap()));
        }
        assert!(kept * 2 >= all, "{what} is mostly public");
        self.shapes.push(Shape { what, text, enough });
    }

    /// What is found in `text`, once for each shape.
    pub(crate) fn find(&self, text: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        for (at, piece) in text.windows(ENOUGH).enumerate() {
            let (start, bit) = start(piece);
            if self.filter[bit >> 6] & (1 << (bit & 63)) == 0 {
                continue;
            }
            for &(number, from) in self.starts.get(&start).into_iter().flatten() {
                let shape = &self.shapes[number as usize];
                let piece = &shape.text[from as usize..from as usize + shape.enough];
                if text[at..].starts_with(piece) && seen.insert(number) {
                    let around = &text[at.saturating_sub(60)..text.len().min(at + 90)];
                    let around = around.escape_ascii().to_string();
                    found.push(Found { what: shape.what.clone(), at, around });
                }
            }
        }
        found
    }

    /// As [`Needles::find`], and as if all space were left out: pretty output breaks lists and keys into lines.
    pub(crate) fn find_in_text(&self, text: &str) -> Vec<Found> {
        let mut found = self.find(text.as_bytes());
        if found.is_empty() && text.contains(char::is_whitespace) {
            let bare: String = text.split_whitespace().collect();
            found = self.find(bare.as_bytes());
        }
        found
    }
}

/// The first bytes of a piece, and their place in the filter.
fn start(piece: &[u8]) -> (u64, usize) {
    let start = u64::from_le_bytes(*piece.first_chunk().unwrap());
    (start, usize::try_from(start.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40).unwrap())
}

/// The shapes in which a secret may appear, each with how much of it is enough.
fn shapes(secret: &[u8]) -> Vec<(&'static str, Vec<u8>, usize)> {
    let mut shapes = vec![("as it is", secret.to_vec(), ENOUGH)];
    let mut add = |name, text: Vec<u8>, enough| {
        if text.len() >= enough && shapes.iter().all(|(_, known, _)| *known != text) {
            shapes.push((name, text, enough));
        }
    };
    let form: String = form_urlencoded::byte_serialize(secret).collect();
    let percent = |lower: bool| {
        let mut text = String::new();
        for &byte in secret {
            match (byte.is_ascii_alphanumeric(), lower) {
                (true, _) => text.push(byte.into()),
                (false, true) => text += &format!("%{byte:02x}"),
                (false, false) => text += &format!("%{byte:02X}"),
            }
        }
        text.into_bytes()
    };
    add("percent-encoded", percent(false), ENOUGH);
    add("percent-encoded in lower case", percent(true), ENOUGH);
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = serde_json::to_string(text).unwrap();
        add("as JSON", unquoted(&json), ENOUGH);
        add("as JSON within JSON", unquoted(&serde_json::to_string(unquoted_str(&json)).unwrap()), ENOUGH);
        add("as Debug text", unquoted(&format!("{text:?}")), ENOUGH);
    }
    add("as Debug bytes", secret.escape_ascii().to_string().into_bytes(), ENOUGH);
    // Twelve bytes are sixteen characters of base64 and twenty-four of hexadecimal.
    for (name, from) in [("base64", secret), ("base64 of the form-encoded", form.as_bytes())] {
        for text in in_base64(from) {
            add(name, text, ENOUGH / 3 * 4);
        }
    }
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    add("upper-case hexadecimal", hex.to_ascii_uppercase().into_bytes(), ENOUGH * 2);
    add("hexadecimal", hex.into_bytes(), ENOUGH * 2);
    let list: Vec<String> = secret.iter().map(u8::to_string).collect();
    add("as a list of numbers", list.join(", ").into_bytes(), 40);
    add("as a bare list of numbers", list.join(",").into_bytes(), 32);
    add("form-encoded", form.into_bytes(), ENOUGH);
    shapes
}

fn unquoted_str(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap()
}

fn unquoted(text: &str) -> Vec<u8> {
    unquoted_str(text).as_bytes().to_vec()
}

/// What base64 of anything has inside that has the secret inside: `id:secret`, for one.
fn in_base64(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for before in 0..3_usize {
        let padded = [&vec![0; before], secret].concat();
        // Characters that also tell of what stands before or after are left out.
        let first = (before * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        for text in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            all.push(text.as_bytes()[first..last].to_vec());
        }
    }
    all
}
