//! A good text of each form, and the words of its format, to be made bad.

/// A form of text that the harness reads.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// A text that can be read.
    pub good: &'static str,
    /// What means something in it.
    pub words: &'static [&'static str],
}

/// What means something in every form.
pub const SCRAPS: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    "\0",
    "\u{feff}",
    "\u{2028}",
    "é",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\ud800",
    "null",
    "-0",
    "1e400",
    "-1e999999999999999999999",
    "18446744073709551616",
    "#",
    "@",
    " ",
    "\t",
    "<",
    ">",
    "\"<id:a>\"",
    "\"<...>\"",
    "0.0000000001",
    "[[[[[[[[",
];

/// A case's `.in`.
pub const INPUT: Form = Form {
    good: "\u{feff}# A title\n@timeout 1500ms\n@args --a 'b c'\n@env A=1\n@match prefix\n@msg-id exact\n\
        {\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"x\",\"msg_id\":1,\"in_reply_to\":\"<id:a>\"}}\r\n\
        @sleep 1s\nno json\n",
    words: &[
        "@timeout ",
        "@match ",
        "@msg-id ",
        "@args ",
        "@env ",
        "@skip ",
        "@xfail ",
        "@cluster ",
        "@sleep ",
        "@kill ",
        "5s",
        "18446744073709551615s",
        "exact",
        "KEY=VALUE",
        "'",
    ],
};

/// A case's `.in` with a cluster.
pub const CLUSTER: Form = Form {
    good: "# A title\n@cluster n0 n1 n2 --topology line --latency 5 --latency-dist uniform --seed 7\n\
        {\"src\":\"c1\",\"dest\":\"n0\",\"body\":{\"type\":\"broadcast\",\"message\":1,\"msg_id\":1}}\n\
        @cut n0 n1 | n2\n@kill n1\n@sleep 1s\n@restart n1\n@heal\n@eventually 3s\n\
        {\"src\":\"c2\",\"dest\":\"n2\",\"body\":{\"type\":\"read\",\"msg_id\":2}}\n",
    words: &[
        "@cut ",
        "@kill ",
        "@restart ",
        "@heal",
        "@eventually ",
        "@pause ",
        "@resume ",
        "n0",
        "n9",
        "c0",
        "--topology",
        "--latency",
        "--seed",
        "|",
        "->",
        "99999999999999999999",
    ],
};

/// A case's `.expected`.
pub const EXPECTED: Form = Form {
    good: "# What comes\n{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"<string>\",\"msg_id\":\"<id:a>\",\"in_reply_to\":1}}\n\
        plain text\r\n[\"<unordered>\",1,\"<int 1..>\",\"<number 0..0.01>\"]\n{\"a\":\"<re:^n1-\\\\d+$>\",\"<...>\":\"<any>\"}\n",
    words: &[
        "\"<any:x>\"",
        "\"<int 1..\"",
        "\"<int ..1e999999999999999999999>\"",
        "\"<number 2..1>\"",
        "\"<re:(>\"",
        "\"<re:(a{1000}){1000}>\"",
        "\"<=x>\"",
        "<unordered>",
        "\"a\":1,\"a\":2,",
    ],
};

/// A `harness.toml`.
pub const CONFIG: Form = Form {
    good: "bin = \"../node.py\"\nargs = [\"-a\", \"b c\"]\ntimeout = \"2s\"\nmatch = \"prefix\"\nmsg_id = \"exact\"\n[env]\nA = \"1\"\n",
    words: &[
        "bin",
        "args",
        "[env]",
        "[[env]]",
        "env.a.b = ",
        "\"\"\"",
        "'''",
        "2000-01-01T00:00:00Z",
        "0x",
        "inf",
        "a.a.a.a.a",
        "= ",
    ],
};

/// The text of a task's page.
pub const PAGE: Form = Form {
    good: "Sample Test Cases\nFirst caseTimeout: 5000ms\nInput\n\
        {\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"x\",\"msg_id\":1}}\nExpected Output\n\
        {\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"x_ok\",\"v\":.*,\"in_reply_to\":1}}\n\
        Second\nInput\nabc\nExpected Output\n{\"a\":\".*b\",\"c\":[...],{...}}\nHints\nnone\n",
    words: &[
        "Input\n",
        "Expected Output\n",
        "Timeout: 5s",
        "Timeout: 99999999999999999999s",
        ".*",
        "{...}",
        "[...]",
        "\u{2026}",
        "\u{201c}",
        "Hints\n",
    ],
};

/// A task in Markdown.
pub const MARKDOWN: Form = Form {
    good: "# Task\n### 1. First\nA word.\n\nInput:\n```json\n\
        {\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"x\",\"msg_id\":1}}\n```\n\
        Expected output:\n```json\n{\"src\":\"n1\",\"body\":{\"type\":\".*\"}}\n```\n\
        **2. Second**\nInput:\n~~~\n{}\n~~~\n",
    words: &[
        "```",
        "~~~~",
        "  ```",
        "### ",
        "**",
        "Input:\n",
        "Expected output:\n",
        ".*",
        "---",
    ],
};

/// A stored run's history.
pub const HISTORY: Form = Form {
    good: concat!(
        r#"{"type":"test","workload":"broadcast","nodes":["n0","n1"],"clients":2,"time_limit":60000000000,"rate":5.0,"latency":100000000,"distribution":"constant","loss":0.0,"duplicate":0.0,"topology":"grid","nemesis":["kill","partition"],"nemesis_interval":10000000000,"recovery":10000000000,"client_timeout":5000000000,"init_timeout":10000000000,"exit_timeout":0,"durable":false,"budgets":{"availability":0.9,"latency":[[0.5,1500000000]]},"seed":1}"#,
        "\n",
        r#"{"index":0,"time":0,"type":"phase","phase":"load"}"#,
        "\n",
        r#"{"index":1,"time":1000000000,"process":1,"type":"invoke","f":"broadcast","value":0,"node":0}"#,
        "\n",
        r#"{"index":2,"time":1100000000,"process":1,"type":"ok","f":"broadcast","value":0,"node":0}"#,
        "\n",
        r#"{"index":3,"time":2000000000,"type":"fault","number":1,"fault":{"kill":1}}"#,
        "\n",
        r#"{"index":4,"time":2500000000,"type":"fault","number":2,"fault":{"cut":{"split":[[0],[1]]}}}"#,
        "\n",
        r#"{"index":5,"time":3000000000,"process":2,"type":"invoke","f":"read","value":null,"node":1}"#,
        "\n",
        r#"{"index":6,"time":3100000000,"process":2,"type":"ok","f":"read","value":[0,0],"node":1,"phantoms":["7"]}"#,
        "\n",
        r#"{"index":7,"time":3500000000,"type":"phase","phase":"final-reads"}"#,
        "\n",
        r#"{"index":8,"time":4000000000,"process":4,"type":"invoke","f":"read","value":null,"node":1,"final":true}"#,
        "\n",
        r#"{"index":9,"time":18446744073709551615,"process":4,"type":"info","f":"read","value":null,"node":1,"error":"timed-out","final":true}"#,
        "\n",
    ),
    words: &[
        "\"load\"",
        "\"final\"",
        "\"error\"",
        "\"quiet\"",
        "\"healed\"",
        "18446744073709551615",
        "0.0",
        "9007199254740993",
        "\"read\"",
        "\"invoke\"",
        "999999",
    ],
};

/// A stored run's messages.
pub const MESSAGES: Form = Form {
    good: concat!(
        r#"{"id":1,"sent":1000000000,"due":1100000000,"settled":1100000000,"src":{"client":1},"dest":{"node":0},"fate":"delivered","type":"broadcast","values":[0],"message":{"src":"c1"}}"#,
        "\n",
        r#"{"id":2,"sent":1100000000,"due":2200000000,"settled":2200000000,"src":{"node":0},"dest":{"node":1},"fate":{"cut":2},"type":"broadcast","values":[0],"message":"x"}"#,
        "\n",
        r#"{"id":3,"sent":2100000000,"due":18446744073709551615,"settled":18446744073709551615,"src":{"node":0},"dest":{"node":1},"fate":{"dead":1},"type":"x","values":[18446744073709551615],"message":[255]}"#,
        "\n",
    ),
    words: &[
        "{\"node\":9}",
        "{\"client\":9}",
        "\"lost\"",
        "\"no-room\"",
        "\"under-way\"",
        "18446744073709551615",
        "[256]",
    ],
};
