"""What a word is does not depend on the script it is written in."""

import polars as pl
import pytest

from scotoma.audits import audit, record
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots.predicates.heuristic import RowPredicate
from scotoma.blindspots.predicates.overlap import is_subsequence, overlap_share, overlaps_word, words
from scotoma.blindspots.predicates.scripts import characters_as_words, without_words
from scotoma.blindspots.predicates.tagging import tagged


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("दिन दान", ["दिन", "दान"]),
        ("বাংলা ভাষা", ["বাংলা", "ভাষা"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("مَدْرَسَة كبيرة", ["مَدْرَسَة", "كبيرة"]),
        ("क्‍ष र", ["क्‍ष", "र"]),
        ("می‌روم خانه", ["می‌روم", "خانه"]),
        ("x̂ y", ["x̂", "y"]),
        ("cafe\u0301 CAFÉ", ["café", "café"]),
        ("Don’t stop – “now”!", ["don't", "stop", "now"]),
        ("他们在北京 ABC3", ["他", "们", "在", "北", "京", "abc3"]),
        ("ひらがな カタカナ", ["ひ", "ら", "が", "な", "カタカナ"]),
        ("Привет, мир", ["привет", "мир"]),
        ("snake_case 3.5", ["snake", "case", "3", "5"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_words_that_differ_by_a_vowel_sign_do_not_overlap() -> None:
    assert not overlaps_word("उसने दान दिया ।", "दिन")
    assert overlap_share("दान", "दिन") == 0
    assert not is_subsequence("उसने दान दिया", "दिन दिया")
    assert overlaps_word("उसने दान दिया ।", "दान दिया")


@pytest.mark.parametrize(
    ("text", "by_character", "without"),
    [
        ("The doctor saw 北京 yesterday .", "", ""),
        ("医生在北京见了律师。", "Chinese or Japanese", ""),
        ("これはペンです", "Chinese or Japanese", ""),
        ("หมอเห็นทนายความ", "", "Thai"),
        ("ລາວ ພາສາ", "", "Lao"),
        ("ភាសាខ្មែរ", "", "Khmer"),
        ("မြန်မာဘာသာ", "", "Burmese"),
        ("한국어 단어", "", ""),
        ("12 + 3", "", ""),
    ],
)
def test_scripts_without_spaces_are_known(text: str, by_character: str, without: str) -> None:
    assert (characters_as_words([text] * 3), without_words([text] * 3)) == (by_character, without)


def audited(premises: list[str], hypotheses: list[str]) -> dict[str, object]:
    labels = ["entailment", "neutral", "contradiction"] * (len(premises) // 3)
    table = pl.DataFrame({"premise": premises, "hypothesis": hypotheses, "label": labels})
    found = audit(
        table, fields=("premise", "hypothesis"), labels=tuple(dict.fromkeys(labels)), target="entailment"
    )
    return record(found)


def test_an_audit_of_chinese_says_that_characters_count_as_words() -> None:
    found = audited(["医生在北京见了律师。"] * 60, ["医生见了律师。", "天下大雨。", "没人来。"] * 20)
    assert "each character counts as a word" in str(found["script"])
    unavailable = found["unavailable"]
    assert isinstance(unavailable, dict)
    assert "no spaces between words" in unavailable["overlap_whitespace"]
    assert "overlap_word" not in unavailable


def test_an_audit_of_thai_says_that_words_cannot_be_told_apart() -> None:
    found = audited(["หมอเห็นทนายความ"] * 60, ["หมอเห็น", "ฝนตก", "ไม่มีใครมา"] * 20)
    assert "cannot be told apart" in str(found["script"])
    unavailable = found["unavailable"]
    assert isinstance(unavailable, dict)
    assert {"overlap_word", "overlap_whitespace", "subsequence", "low_overlap"} <= set(unavailable)


def test_a_language_that_stands_after_a_thousand_rows_of_another_is_seen() -> None:
    texts = ["The doctor slept ."] * 1200 + ["หมอเห็นทนายความ"] * 3000
    assert without_words(texts) == "Thai"
    assert characters_as_words(["Rain."] * 1200 + ["医生在北京"] * 3000) == "Chinese or Japanese"


def test_an_audit_says_which_share_of_the_texts_has_no_words() -> None:
    english = ["The doctor slept .", "It rained .", "Nobody came ."] * 16
    thai = ["หมอเห็น", "ฝนตก", "ไม่มีใครมา"] * 4
    found = audited(["The doctor slept in the garden ."] * 48 + ["หมอเห็นทนายความ"] * 12, [*english, *thai])
    assert str(found["script"]).startswith("20 % (Thai) of the texts are written without spaces")
    unavailable = found["unavailable"]
    assert isinstance(unavailable, dict)
    assert "overlap_word" not in unavailable
    assert audited(["The doctor slept in the garden ."] * 48, english)["script"] == ""


DIVIDED = {
    "Thai": ("หมอ เห็น ทนายความ ใน ตลาด", ["หมอ เห็น ทนายความ", "ฝน ตก หนัก", "ไม่ มี ใคร มา"]),
    "Burmese": ("ဆရာဝန် က ရှေ့နေ ကို မြင် သည်", ["ဆရာဝန် က မြင်", "မိုး ရွာ သည်", "ဘယ်သူ မှ မ လာ"]),
}


@pytest.mark.parametrize("script", DIVIDED)
def test_texts_that_were_divided_into_words_have_words(script: str) -> None:
    premise, hypotheses = DIVIDED[script]
    found = audited([premise] * 60, hypotheses * 20)
    assert found["script"] == ""
    assert "overlap_word" not in dict(found["unavailable"])  # type: ignore[call-overload]
    shares = [overlap_share(premise, text) for text in hypotheses]
    assert shares[0] == 1
    assert max(shares[1:]) < 1  # type: ignore[type-var]


def test_chinese_that_was_divided_into_words_is_not_said_to_have_no_spaces() -> None:
    premise = "从 概念 上 看 , 奶油 收入 有 两 个 基本 方面 产品 和 地理"
    found = audited([premise] * 60, ["奶油 收入 有 两 个 方面", "没有 人 知道 这 个", "产品 很 贵 吗"] * 20)
    assert str(found["script"]).endswith("with spaces between words: each character counts as a word.")
    assert "overlap_whitespace" not in dict(found["unavailable"])  # type: ignore[call-overload]


@pytest.mark.parametrize("predicate", ["overlap_word", "low_overlap", {"words": ["ไม่"]}])
def test_a_study_asks_nothing_about_words_of_texts_that_do_not_tell_them_apart(predicate: object) -> None:
    table = pl.DataFrame({"premise": ["หมอเห็นทนายความ"] * 3, "hypothesis": ["หมอเห็น", "ฝนตก", "ไม่มีใครมา"]})
    select = {"same": RowPredicate.model_validate(predicate)}
    with pytest.raises(ScotomaError, match=r"is about words, and the texts are Thai, .*Put spaces between"):
        tagged(table, select, ("premise", "hypothesis"), "test")
    found = tagged(table, {"same": RowPredicate(regex="^หมอ")}, ("premise", "hypothesis"), "test")
    assert found["hypothesis"].to_list() == ["หมอเห็น"]
