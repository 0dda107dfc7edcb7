//! The documents that the YAML tests edit: made up ones, and real ones where they are at hand.

use std::fs;
use std::path::Path;

/// A document and its name.
pub struct Sample {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The real files, in the order of their names; none, with a printed message, where they are not at hand.
pub fn corpus() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/configs");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: the real files are not at hand");
        return Vec::new();
    };
    let mut samples: Vec<_> = entries
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .map(|path| Sample {
            name: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            bytes: fs::read(&path).expect("the file can be read"),
        })
        .collect();
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    samples
}

/// Documents with what real ones could hold but seldom do.
pub fn made_up() -> Vec<Sample> {
    MADE_UP
        .iter()
        .map(|(name, text)| Sample {
            name: (*name).to_owned(),
            bytes: text.as_bytes().to_vec(),
        })
        .collect()
}

const MADE_UP: &[(&str, &str)] = &[
    (
        "a byte order mark",
        "\u{feff}title: Old\r\ntags:\r\n  - a\r\n",
    ),
    (
        "LF",
        "title: Old # note\nid: 1\n\nlist:\n- a\n- b: 1\n  c: 2\n",
    ),
    (
        "CR LF",
        "title: Old # note\r\nid: 1\r\n\r\nlist:\r\n  - a\r\n  - b: 1\r\n    c: 'x'\r\n",
    ),
    (
        "mixed line endings",
        "a: 1\r\nb: 2\nc: 3\rd:\r\n  - x\n  - y\r",
    ),
    ("lone CR", "a: 1\rb: text\r\rc:\r  - x\r"),
    (
        "NEL, LS and PS end lines",
        "a: 1\u{85}b: two\u{2028}c: 3\u{2029}d: x\n",
    ),
    (
        "anchors and aliases",
        "base: &base\n  x: 1\n  y: [a, b]\ncopy: *base\nname: &n Old\nother: *n\nlist: [*n, c]\n",
    ),
    (
        "merge keys",
        "base: &base\n  x: 1\n  y: 2\nmore: &more {z: 3}\none:\n  <<: *base\n  y: 5\ntwo:\n  <<: [*base, *more]\nthree: {<<: *more, w: 1}\n",
    ),
    (
        "literal blocks",
        "clip: |\n  one\n  two\nstrip: |-\n  one\n\n  two\nkeep: |+\n  one\n\n\nstated: |2\n   indented\n  less\nnested:\n  - |-  # note\n    item\n  - b\nlast: |\n  end\n",
    ),
    (
        "folded blocks",
        "clip: >\n  one\n  two\n\n  three\n    more\n  less\nstrip: >-\n  one\n  two\nkeep: >+\n  one\n\nstated: >1\n   indented\nlast: >\n  end",
    ),
    (
        "texts over several lines",
        "plain: one\n  two\n\n  three\nsingle: 'one\n  two''s\n\n  three'\ndouble: \"one\n  two\\\n  three\\n\"\nnext: 1\n",
    ),
    (
        "one JSON object",
        "{\n  \"title\": \"Old\",\n  \"id\": 1,\n  \"flag\": true,\n  \"none\": null,\n  \"tags\": [\"a\", \"b\"],\n  \"phases\": [\n    {\"id\": 1, \"name\": \"x\"},\n    {\"id\": 2, \"name\": \"y\"}\n  ],\n  \"empty\": {}\n}\n",
    ),
    (
        "one JSON object on one line",
        "{\"a\":1,\"b\":\"x\",\"c\":[1,2],\"d\":{\"e\":null}}",
    ),
    (
        "flow mappings",
        "schema:\n  {\n    labels: ['a', \"b\",], # note\n    # a comment\n    default_order_by: a,\n    metadata: {a: {sort: True, description: x}, b: {sort: No}},\n  }\ntags: [ a , b ]\npair: [a: 1, b: 2]\nbare: {a, b: , c: 1}\nlow: {\na: 1\n}\n",
    ),
    (
        "explicit keys",
        "? a\n: 1\n? \"b\"\n:\n  - x\n? c\n: {? d : 1, ? e}\n",
    ),
    ("duplicate keys", "a: 1\nb: 2\na: 3\nc:\n  d: x\n  d: y\n"),
    ("an empty file", ""),
    ("only comments", "# one\n\n# two"),
    ("only a byte order mark", "\u{feff}"),
    ("document markers", "%YAML 1.1\n---\na: 1\nb: x\n...\n"),
    ("nothing after the marker", "--- # note\n# more\n...\n"),
    ("no final newline", "a: 1\nb: Old"),
    ("blank lines at the end", "a: 1\nb: |\n  x\n\n\n   \n\n"),
    (
        "empty values",
        "a:\nb: \nc:   # note\nd: !!str\ne: &e\nf: *e\ng:\n  -\n  - # note\n  -  \nh: {x: , y}\n",
    ),
    (
        "tags",
        "a: !!str 5\nb: !!int \"7\"\nc: !!float 1\nd: ! x\ne: !!seq [a]\nf: !!map {a: 1}\ng: !!null x\nh: &x !!bool \"yes\"\ni: !<tag:yaml.org,2002:str> 1\n",
    ),
    (
        "numbers and dates",
        "a: 014\nb: 0x1F\nc: 1_000\nd: 190:20:30\ne: .5\nf: 1.5e+3\ng: -.inf\nh: .NaN\ni: 2024-06-04\nj: 2024-6-4 7:00:00\nk: 2024-06-04T07:00:00Z\nl: 2024-06-04t07:00:00.5+05:30\nm: 99999999999999999999\nn: True\no: off\np: ~\nq: 0b101\nr: '2024-06-04'\n",
    ),
    (
        "aligned values and trailing blanks",
        "id:      1   \nname:    'x'     # note  \nlong_name: \"y\"  \nlist:   \n  -   a   \n  -   b: 1   \n      c: 2\n",
    ),
    (
        "comments everywhere",
        "# top\na: 1 # one\n# between\nb:\n  # above x\n  - x # on x\n  # above y\n  - y\n  # below y\n# end\n",
    ),
    (
        "nested sequences",
        "a:\n- - x\n  - y\n- - - z\nb:\n    -   k: 1\n        l:\n        - m\n",
    ),
    ("a sequence at the root", "- a\n- b: 1\n- [c, d]\n- 'e'\n"),
    ("a scalar at the root", "Old # note\n"),
    ("a block scalar at the root", "|\n one\n two\n"),
    (
        "other than ASCII",
        "제목: 챌린지 # 주석\n\"emoji\": 😀 text 🎉\ncurly: “quoted”：x\nnested: {키: 값, 목록: [가, 나]}\nend: é\n",
    ),
    (
        "keys that are no texts",
        "1: a\ntrue: b\n2024-01-01: c\n~: d\n'quoted key': e\n\"double\": {2: f}\n",
    ),
    (
        "quotes and colons in plain texts",
        "a: it's \"quoted\" here\nb: http://x.y/z?q=1#frag\nc: a:b, c\nd: -x\ne: 50%\nf: a [b] {c}\n",
    ),
];
