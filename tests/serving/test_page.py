"""The page that the server sends, in a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from page_browser import Browser, browsing, serving

from postagger import Tagger, load_documents, segment
from postagger.checkpoint import read_checkpoint, write_checkpoint
from postagger.cli.main import main
from postagger.features import TagSet
from postagger.serving.page import content_security_policy, load_page
from postagger.shipped import find_model

MODELS = Path(__file__).parents[1] / "checkpoint" / "files"
ATTACK = "<img/src=x/onerror=attacked()>"
TOKENS = 2500
"""The most that the server of these tests takes in a request."""


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load(find_model("en"))


@pytest.fixture(scope="module")
def other() -> Tagger:
    return Tagger.load(MODELS / "format_2_lstm_crf_multitask.safetensors")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of en, lstm, odd (with markup for tags) and several (an ensemble)."""
    pytest.importorskip("uvicorn", reason="needs the extra serve")
    folder = tmp_path_factory.mktemp("models")
    window = read_checkpoint(MODELS / "format_3_window.safetensors")
    tagsets = {head: TagSet([f"{ATTACK}{tag}" for tag in tags]) for head, tags in window.tagsets.items()}
    odd = replace(window, tagsets=tagsets)
    (folder / "several").mkdir()
    for file in ("odd", "several/1", "several/2"):
        write_checkpoint(folder / f"{file}.safetensors", odd)
    lstm = f"lstm={MODELS / 'format_2_lstm_crf_multitask.safetensors'}"
    files = (str(folder / name) for name in ("odd.safetensors", "several"))
    with serving(["en", lstm, *files], "--max-tokens", str(TOKENS)) as address:
        yield address


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("downloads")) as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Browser]:
    """The page, opened with its first example; after the test: nobody else was asked, nothing complained."""
    chromium.look()
    chromium.open(f"{address}/")
    chromium.wait(chromium.tags)
    yield chromium
    assert chromium.errors() == []
    elsewhere = {url for url in chromium.requests() if not url.startswith((f"{address}/", "data:", "blob:"))}
    assert elsewhere - {"about:blank"} == set()
    assert chromium.run("return window.attacked") is None


def shown(page: Browser, text: str) -> list[str]:
    """The tags shown for a text, once its words are those shown."""
    page.type(text)
    page.wait_for_words(text)
    return page.tags()


# -- without a browser ---------------------------------------------------------------------------------


class Loaded(HTMLParser):
    """Collects the addresses in a page, and what it has of attributes with code or style."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("src", "href", "action", "srcset", "data"):
                self.addresses.append(str(value))
            if name.startswith("on") or name == "style":
                self.inline.append(f"{tag} {name}")


def test_the_file_needs_nothing_from_elsewhere() -> None:
    loaded = Loaded()
    text = load_page().html.decode()
    loaded.feed(text)
    assert [each for each in loaded.addresses if not each.startswith(("data:", "#"))] == []
    assert loaded.inline == []
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|@import", text)


def test_its_policy_lets_run_only_what_is_in_the_file() -> None:
    policy = content_security_policy(b"<script>alert(1)</script><style>p {}</style><script>2</script>")
    # printf 'alert(1)' | openssl dgst -sha256 -binary | base64
    assert "script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=' 'sha256-" in policy
    assert policy.startswith("default-src 'none'; connect-src 'self'")
    assert "unsafe" not in load_page().headers["Content-Security-Policy"]


# -- tags ----------------------------------------------------------------------------------------------


def test_tags_appear_as_one_types(page: Browser, tagger: Tagger) -> None:
    page.click("#text")
    page.run("document.getElementById('text').select()")
    text = "They saw a saw. Don't can it!"
    page.press(text)
    expected = [token for sentence in tagger.tag_text(text) for token in sentence]
    page.wait(page.tags, lambda tags: tags == [token.tag for token in expected])
    assert page.texts("#tagged .word") == [token.text for token in expected]
    assert page.text("#summary") == "10 words in 2 sentences"
    heard = page.texts("#tagged .token")[1]
    assert heard.startswith("saw VBD, verb, past tense, ")
    assert heard.endswith("%")
    page.hover("#tagged .token[data-p='1']")
    assert page.text("#tip").startswith("VBD: verb, past tense\n")


def test_only_the_last_of_many_answers_is_shown(page: Browser, tagger: Tagger) -> None:
    texts = [f"The {'very ' * count}old can rusts ." for count in range(30)]
    page.run(
        "for (const text of arguments[0]) { document.getElementById('text').value = text; refresh(); }", texts
    )
    page.wait(page.tags, lambda tags: tags == [tag for _, tag in tagger.tag(texts[-1].split())])
    page.wait(lambda: page.run("return document.querySelector('[aria-busy]') === null"))
    assert len(page.tags()) == 34


def test_heads_and_ways_to_split_are_chosen(page: Browser, tagger: Tagger) -> None:
    page.type("I can't. Go\nDr. No's “yes”")
    page.choose("head", "upos")
    page.choose("split", "words")
    words = ["I", "can't.", "Go"], ["Dr.", "No's", "“yes”"]
    expected = [tag for sentence in words for _, tag in tagger.tag(sentence, head="upos")]
    page.wait(page.tags, lambda tags: tags == expected)
    assert "AUX, auxiliary" in page.texts("#tagged .token")[1] or expected[1] != "AUX"
    page.choose("split", "line")
    page.wait(lambda: page.text("#summary"), lambda text: text.endswith("in 2 sentences"))
    page.choose("head", "feats")
    page.wait(lambda: page.texts("#tagged .tag"), lambda tags: any("Number=" in tag for tag in tags))
    assert any(", 1st person, personal pronoun, " in each for each in page.texts("#tagged .token"))


def test_an_example_is_shown_with_its_point(page: Browser) -> None:
    for button in range(1, page.run("return document.querySelectorAll('#examples button').length") + 1):
        page.run("document.querySelector(`#examples button:nth-child(${arguments[0]})`).click()", button)
        page.wait_for_words(page.run("return document.getElementById('text').value"))
        assert len(page.text("#note")) > 40


def test_nothing_typed_is_run(page: Browser) -> None:
    text = f"{ATTACK} <script>attacked()</script> &lt; \u202e\u200b \x00 javascript:attacked()"
    page.run("window.attacked = undefined")
    page.type(text)
    page.wait(
        lambda: page.texts("#tagged .word"), lambda words: "U+0000" in words or "javascript" in "".join(words)
    )
    assert page.run("return document.querySelectorAll('img, main script').length") == 0
    page.choose("model", "odd")
    page.wait(lambda: page.text("#tagged .tag"), lambda tag: tag.startswith(ATTACK))
    page.click("#tagged .token")
    page.wait_for("#why-body", ATTACK)
    assert page.run("return document.querySelectorAll('img, main script').length") == 0


needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="explaining needs torch")


def asked(address: str, path: str, **fields: Any) -> Any:
    """The server's answer, without the page."""
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{address}/{path}", json.dumps(fields).encode(), headers)) as answer:
        return json.load(answer)


def explained(address: str, words: list[str], position: int, **options: str) -> Any:
    """What the server says about a word."""
    return asked(address, "v1/explain", tokens=words, position=position, **options)["explanations"][0]


def signed(numbers: Iterable[float], digits: int = 1) -> list[str]:
    """Numbers as the page shows them."""
    texts = (f"{number:+.{digits}f}".replace("-", "\N{MINUS SIGN}") for number in numbers)
    return [text[1:] if float(text[1:]) == 0 else text for text in texts]


# -- reasons -------------------------------------------------------------------------------------------


@needs_torch
def test_reasons_by_keyboard_alone(page: Browser, address: str) -> None:
    from selenium.webdriver.common.keys import Keys

    words = ["The", "old", "man", "the", "boats", "."]
    page.type(" ".join(words))
    page.wait(lambda: len(page.tags()), lambda count: count == len(words))
    page.run("document.activeElement.blur(); scrollTo(0, 0)")
    page.press(Keys.TAB)
    assert page.focused() == "Skip to the tagged text"
    page.press(Keys.ENTER)
    for _ in range(10):
        page.press(Keys.TAB)
        if page.run("return document.activeElement.classList.contains('token')"):
            break
    assert page.focused().startswith("The ")
    page.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert page.focused().startswith("man ")
    page.press(Keys.END)
    assert page.focused().startswith(". ")
    page.press(Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ENTER)
    assert page.focused().startswith("Why is man ")
    expected = explained(address, words, 2)
    amounts = page.wait(lambda: page.texts("#why .flow .amount"))
    assert amounts == signed(each["attribution"] for each in expected["reasons"])
    assert page.run("return document.getElementById('against').value") == expected["against"]
    parts = next(each["parts"] for each in expected["reasons"] if each["position"] == 2)
    largest = sorted((part["attribution"] for part in parts), key=abs, reverse=True)
    assert signed(largest, 2) == page.texts("#why-reasons td.amount")
    page.press(Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER)  # close, the tag to compare with, the first word
    assert page.run("return document.activeElement.getAttribute('aria-pressed')") == "true"
    assert page.text("#why h3 bdi") in ("“The”", "the edge of the sentence")
    page.press(Keys.ESCAPE)
    assert page.focused().startswith("man ")
    assert page.text("#why-title") == "Why this tag?"


@needs_torch
def test_reasons_against_another_tag(page: Browser, address: str) -> None:
    words = ["They", "can", "fish", "."]
    shown(page, " ".join(words))
    page.click("#tagged .token[data-p='1']")
    page.wait(lambda: page.texts("#why .flow .amount"))
    before = page.text("#why-reasons")
    page.choose("against", "NN")
    page.wait(lambda: page.text("#why-reasons"), lambda text: text != before)
    expected = explained(address, words, 1, against="NN")
    assert page.texts("#why .flow .amount") == signed(each["attribution"] for each in expected["reasons"])
    assert page.run("return document.activeElement.id") == "against"
    page.type("Something else")
    page.wait(lambda: page.text("#why-title"), lambda title: title == "Why this tag?")


@needs_torch
def test_reasons_are_of_what_the_tagger_reads(page: Browser, address: str) -> None:
    text = 'She said "yes".'
    (result,) = asked(address, "v1/tag", text=text, tokens="ptb")["results"]
    words = [token.get("word", token["text"]) for token in result["tokens"]]
    assert words == ["She", "said", "``", "yes", "''", "."]
    page.choose("rules", "ptb")
    shown(page, text)
    page.click("#tagged .token[data-p='2']")
    page.wait(lambda: page.texts("#why .flow .amount"))
    assert page.texts("#why .flow .word") == words
    expected = explained(address, words, 2)
    assert page.texts("#why .flow .amount") == signed(each["attribution"] for each in expected["reasons"])


def test_it_is_said_when_there_are_no_reasons(page: Browser) -> None:
    page.choose("model", "several")
    page.wait(page.tags, lambda tags: tags[0].startswith(ATTACK))
    page.click("#tagged .token")
    assert page.wait(lambda: page.texts("#why .note")) == [
        "No reasons: several can't be explained by this server "
        "(that needs PyTorch and a model with one network)."
    ]


# -- two models ----------------------------------------------------------------------------------------


def test_two_models_side_by_side(page: Browser, tagger: Tagger, other: Tagger) -> None:
    text = "The unfindable boats can flurb well. Dogs bark."
    sentences = [sentence.words for sentence in segment(text)]
    page.type(text)
    page.choose("compare", "lstm")
    page.wait(lambda: page.tags(".second"), lambda tags: len(tags) == sum(map(len, sentences)))
    first, second = ([tag for each in by.tag_sents(sentences) for _, tag in each] for by in (tagger, other))
    assert (page.tags(), page.tags(".second")) == (first, second)
    different = [place for place, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
    assert different, "the example must show a difference"
    marked = page.run("return tokenButtons().map((each) => each.classList.contains('differs'))")
    assert [place for place, each in enumerate(marked) if each] == different
    assert page.text("#differences").startswith(f"{len(different)} tags of 10 differ (")
    assert (
        page.run("return getComputedStyle(document.querySelector('.differs .second'), '::before').content")[1]
        == "≠"
    )
    page.click("#next-difference")
    assert page.focused().endswith(f"; lstm: {second[different[0]]}, differs")
    page.press("\ue007")  # Enter
    page.wait(lambda: page.texts("#why .flow .amount"))
    page.run(
        "[...document.querySelectorAll('#why [aria-pressed]')].find((e) => e.textContent === 'lstm').click()"
    )
    page.wait_for("#why-title", second[different[0]])


def test_tags_of_different_kinds_are_not_said_to_differ(page: Browser) -> None:
    page.choose("compare", "lstm")
    page.choose("head", "feats")
    page.wait_for("#differences", "different kinds (feats, tiny)")
    assert page.texts(".differs") == []
    assert len(page.tags(".second")) == len(page.tags())


# -- downloads -----------------------------------------------------------------------------------------

HARD = 'He said "no" 😀👩‍🚀. I can\'t go.Why?\n\n“Gimme” \U0001d4b3 — see https://example.org/a?b=1 (now)\n'


def test_conllu_is_what_the_command_line_writes(
    page: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown(page, HARD)
    downloaded = page.download("conllu")
    file = tmp_path / "text.txt"
    file.write_text(HARD, encoding="utf-8")
    assert main(["tag", "en", str(file), "--to", "conllu"]) == 0
    assert downloaded == capsys.readouterr().out
    read = tmp_path / "tagged.conllu"
    read.write_text(downloaded, encoding="utf-8")
    documents, _ = load_documents(str(read), column="xpos")
    assert [tag for each in documents for sentence in each.sentences for _, tag in sentence] == page.tags()


def test_json_and_tsv_have_offsets_in_code_points(page: Browser) -> None:
    tags = shown(page, HARD)
    found = json.loads(page.download("json"))
    assert found["text"] == HARD
    assert all(found["text"][token["start"] : token["end"]] == token["text"] for token in found["tokens"])
    assert [token["tag"] for token in found["tokens"]] == tags
    assert found["sentences"][-1][1] == len(tags)
    header, *rows = csv.reader(io.StringIO(page.download("tsv")), "excel-tab")
    assert header == ["sentence", "token", "form", "start", "end", "xpos", "probability", "upos", "feats"]
    assert [HARD[int(row[3]) : int(row[4])] for row in rows] == [row[2] for row in rows]
    assert [row[5] for row in rows] == tags


# -- much text, and trouble ----------------------------------------------------------------------------


def test_much_text_is_shown_in_parts_and_downloaded_whole(page: Browser) -> None:
    page.type("Dogs bark. " * 800)
    page.wait_for("#summary", "2,400 words in 800 sentences")
    assert len(page.tags()) == 1500
    assert page.text("#more").startswith("900 more words")
    assert page.download("conllu").count("\tbark\t") == 800
    page.click("#more button")
    page.wait(page.tags, lambda tags: len(tags) == 2400)
    assert page.focused().startswith("Dogs ")


def test_too_much_text_is_said(page: Browser) -> None:
    page.type("Dogs bark. " * 1000)
    page.wait_for("#problem", "This request has 3,000 tokens: the most that it may have is 2,500.")
    assert page.tags() == []
    assert page.run("return document.querySelector('[data-form=json]').disabled")
    shown(page, "Dogs bark.")
    assert page.text("#problem") == ""
    assert all("413" in each for each in page.errors())


def test_a_server_that_is_gone_is_said_and_asked_again(page: Browser) -> None:
    page.offline(True)
    try:
        page.type("Dogs bark again.")
        page.wait_for("#problem", "The server does not answer. This page keeps trying.")
    finally:
        page.offline(False)
    page.wait_for_words("Dogs bark again.")
    assert page.text("#problem") == ""
    page.errors()


# -- how it looks --------------------------------------------------------------------------------------

LONG = "שלום עולם. 猫は座った。 " + "Donau" * 40 + " https://example.org/" + "path/" * 40

CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
"""How many texts there are, and those whose contrast is less than 4.5 to 1, which WCAG 2 asks for."""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_can_be_read_on_a_narrow_and_a_wide_page(page: Browser, dark: bool) -> None:
    for width in (360, 1200):
        page.look(width=width, dark=dark)
        page.run("document.getElementById('settings').open = true")
        page.choose("compare", "lstm")
        shown(page, "The blorfiest boats can flurb well. " + LONG)
        page.run("tokenButtons()[1].click()")
        page.wait(lambda: page.texts("#why .flow .amount, #why .note"))
        assert page.run("return document.documentElement.scrollWidth") == width
        seen, poor = page.run(CONTRAST)
        assert seen > 100
        assert poor == []
        assert page.run("return document.querySelectorAll('.sentence')[1].dir") == "rtl"
        page.run("why.close()")
    levels = set(page.run("return tokenButtons().map((e) => e.children[1].className)"))
    assert len(levels) > 2, "the example must show several degrees of confidence"


def test_the_theme_is_kept(page: Browser, address: str) -> None:
    def theme() -> Any:
        return page.run("return document.documentElement.dataset.theme")

    assert theme() == "light"
    page.click("#theme")
    page.open(f"{address}/")
    assert theme() == "dark"
    assert page.run("return document.getElementById('theme').getAttribute('aria-pressed')") == "true"
    page.click("#theme")
    page.look(dark=True)
    page.wait(theme, lambda found: found == "dark")  # no choice is left: the system's


def test_a_link_has_text_and_settings(page: Browser, address: str) -> None:
    text = "Söme text & <more> 😀"
    page.type(text)
    page.choose("head", "upos")
    page.wait(page.tags, lambda tags: "ADJ" in tags or "NOUN" in tags)
    page.click("#link")
    link = str(page.run("return location.href"))
    page.open(f"{address}/")
    page.open(link)
    page.wait_for_words(text)
    assert page.run(
        "return [document.getElementById('text').value, document.getElementById('head').value]"
    ) == [text, "upos"]
