//! What may stand above the parts of a sample, in the text of a page and in Markdown.

use super::{check, filled};

const CASE: &str = "# One\n$INIT\n--\n$INIT_OK\n";

#[test]
fn the_parts_of_a_sample_have_many_names() {
    for (input, output) in [
        ("Input", "Output"),
        ("INPUT:", "output:"),
        ("Sample Input", "Sample Output"),
        ("Sample Input 1", "Sample Output 1"),
        ("Example input #1:", "Example Output #1:"),
        ("Sample input 1:", "Expected output 1:"),
        ("Input 12", "Expected"),
        ("stdin", "Expected stdout"),
        ("输入", "期望输出"),
        ("输入：", "期望输出："),
        ("样例输入 1", "样例输出 1"),
        ("【示例输入１】", "【示例输出１】"),
        ("輸入:", "預期輸出:"),
        ("Input：", "Expected Output："),
        ("输入", "输出"),
    ] {
        let wanted = format!("== one (exact)\n{CASE}");
        check(
            &format!("One\n{input}\n$INIT\n{output}\n$INIT_OK\n"),
            &wanted,
        );
        check(
            &format!("### 1. One\n{input}\n```\n$INIT\n```\n\n{output}\n```\n$INIT_OK\n```\n"),
            &wanted,
        );
    }
}

#[test]
fn samples_that_have_only_numbers_stand_one_after_the_other() {
    check(
        "The task\nSample Input 1\n$INIT\nSample Output 1\n$INIT_OK\n\nSample Input 2\n$INIT\n$READ\n\
         Sample Output 2\n$INIT_OK\n$READ_OK\n",
        "== the-task (exact)\n# The task\n$INIT\n--\n$INIT_OK\n\
         == case-2 (exact)\n# Case 2\n$INIT\n$READ\n--\n$INIT_OK\n$READ_OK\n\
         WARN src:7: this sample has no title; it is called `Case 2`\n",
    );
}

#[test]
fn what_a_page_shows_beside_its_samples_is_no_part_of_them() {
    check(
        "One\nInput\nCopy\n$INIT\nYour Output\n$READ_OK\nOutput\ncopy\n$INIT_OK\nExplanation:\n\
         It answers.\n1\nTwo\nInput\n$INIT\nExpected Output\n$INIT_OK\nYOUR OUTPUT\n$READ_OK\n",
        &format!(
            "== one (exact)\n{CASE}== two (exact)\n{}\
             WARN src:5: these 2 lines belong to no part of a case: Your Output ...\n\
             WARN src:10: these 3 lines belong to no part of a case: Explanation: ...\n\
             WARN src:18: these 2 lines belong to no part of a case: YOUR OUTPUT ...\n",
            CASE.replace("One", "Two")
        ),
    );
}

#[test]
fn a_chapter_of_the_task_on_its_input_and_output_is_no_sample() {
    let prose = "The task\nInput\nOne message a line.\nOutput\nThe same.\n";
    let refused = harness::import::from_text("src", prose.as_bytes()).unwrap_err();
    assert!(refused.to_string().contains("`Input`: 1"), "{refused}");
    check(
        &format!(
            "{prose}Sample Test Cases\nOneTimeout: 5s\nInput\n$INIT\nOutput\n$INIT_OK\noutput\n"
        ),
        &format!(
            "== one (exact)\n{CASE}output\n\
             WARN src:12: this output is no JSON, expected value at column 1; it is compared as text, so no node that writes only messages can pass: mend or delete this line of the .expected\n"
        ),
    );
}

#[test]
fn where_nothing_is_answered_anything_may_stand_before_what_is_shown() {
    for shown in [
        "{\"src\":\"n1\",\"dest\":\"n2\",\"body\":{\"type\":\"gossip\"}}",
        "ready",
    ] {
        let source = filled(&format!(
            "OneTimeout: 5s\nInput\n$INIT\n$READ\nExpected Output\n{shown}\n"
        ));
        let import = harness::import::from_text("src", source.as_bytes()).unwrap();
        let input = String::from_utf8_lossy(&import.cases[0].input);
        let head = "# One\n# No request has a reply here: anything may stand before, in between and after.\n\
                    @match contains\n";
        assert!(input.starts_with(head), "{input}");
    }
}

#[test]
fn an_input_without_output_is_a_sample_where_the_next_one_is() {
    check(
        "One\nSample Input 1\n$INIT\nSample Input 2\n$INIT\nSample Output 2\n$INIT_OK\n",
        "== one (exact)\n# One\n$INIT\n--\n(no file)\n== case-2 (exact)\n# Case 2\n$INIT\n--\n$INIT_OK\n\
         WARN src:1: `One` has no expected output: only its .in is written, and the case fails \
         until there is an .expected\n\
         WARN src:4: this sample has no title; it is called `Case 2`\n",
    );
    // A chapter of the task is none.
    check(
        "The task\nInput\nOne message a line.\nOne\nInput\n$INIT\nOutput\n$INIT_OK\n",
        &format!("== one (exact)\n{CASE}"),
    );
}

#[test]
fn what_stands_below_a_second_output_belongs_to_no_sample() {
    check(
        "One\nInput\n$INIT\nExpected Output\n$INIT_OK\nExpected Output\n$READ_OK\nTwo\nInput\n$INIT\n\
         Expected Output\n$INIT_OK\n",
        &format!(
            "== one (exact)\n{CASE}== two (exact)\n# Two\n$INIT\n--\n$INIT_OK\n\
             WARN src:6: these 2 lines belong to no part of a case: Expected Output ...\n"
        ),
    );
}

#[test]
fn an_output_is_that_of_the_input_with_its_number() {
    check(
        "One\nSample Input 1\n$INIT\nSample Input 2\n$INIT\nSample Output 1\n$READ_OK\nSample Input 3\n\
         $INIT\nOutput 3:\n$INIT_OK\n",
        "== one (exact)\n# One\n$INIT\n--\n(no file)\n== case-2 (exact)\n# Case 2\n$INIT\n--\n(no file)\n\
         == case-3 (exact)\n# Case 3\n$INIT\n--\n$INIT_OK\n\
         WARN src:1: `One` has no expected output: only its .in is written, and the case fails \
         until there is an .expected\n\
         WARN src:4: this sample has no title; it is called `Case 2`\n\
         WARN src:4: `Case 2` has no expected output: only its .in is written, and the case fails \
         until there is an .expected\n\
         WARN src:6: these 2 lines belong to no part of a case: Sample Output 1 ...\n\
         WARN src:8: this sample has no title; it is called `Case 3`\n",
    );
}

#[test]
fn a_task_in_chinese_is_read_as_one_in_english() {
    check(
        "广播节点\n输入\n每行一条消息。\n\n测试样例\n\n启动超时：2 秒\n输入\n复制\n$INIT\n期望输出\n$INIT_OK\n\
         解释：\n它会回答。\n读取\n输入：\n$INIT\n$READ\n期望输出：\n$INIT_OK\n$READ_OK\n提示\n再想想。\n",
        "== 启动 (exact)\n# 启动\n@timeout 2s\n$INIT\n--\n$INIT_OK\n\
         == 读取 (exact)\n# 读取\n$INIT\n$READ\n--\n$INIT_OK\n$READ_OK\n\
         WARN src:13: these 2 lines belong to no part of a case: 解释： ...\n",
    );
    check(
        "# 广播\n### 1、启动\n说明。\n**输入（stdin）：**\n```\n$INIT\n```\n**期望输出：**\n```\n$INIT_OK\n```\n",
        "== 启动 (exact)\n# 启动\n# 说明。\n$INIT\n--\n$INIT_OK\n",
    );
}

#[test]
fn a_form_that_is_not_known_names_the_lines_that_look_like_headings() {
    let text = "The task\nAnfrage\n$INIT\nAntwort\n$INIT_OK\n";
    let refused = harness::import::from_text("src", filled(text).as_bytes()).unwrap_err();
    let says = "; looks like a heading: lines 2 (`Anfrage`), 4 (`Antwort`); name the two above each sample \
                `Input` and `Expected Output`";
    assert!(refused.to_string().ends_with(says), "{refused}");
    let many = "Example:\n".repeat(12);
    let refused = harness::import::from_text("src", many.as_bytes()).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains(", 10 (`Example:`) and 2 more;"),
        "{refused}"
    );
    let refused = harness::import::from_text("src", b"words").unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("; no line looks like a heading"),
        "{refused}"
    );
}
