"""The page in a real browser: what runs, what is drawn, what is done with it by mouse, keyboard and printer."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dlp.model import (
    Appearance,
    Coverage,
    File,
    Handling,
    Level,
    Origin,
    Reason,
    Result,
    Skipped,
    Summary,
    Suppressed,
    Verdict,
)

from .browser import NoBrowser, browser
from .cases import FORMULA, MANY, ONE, PRICES, passage, pattern, result
from .test_html import PAYLOADS, page, quoted

WATCH = """
window.owned = []; window.refused = [];
for (const name of ["alert", "confirm", "prompt"]) window[name] = (said) => window.owned.push(String(said));
document.addEventListener("securitypolicyviolation", (event) => window.refused.push(event.violatedDirective));
"""
ROW = "[role=option]"
SELECTED = "[role=option][aria-selected=true]"
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    try:
        with browser() as started:
            yield started
    except NoBrowser as none:
        pytest.skip(str(none))


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a page of some results, and watches what it does."""
    contexts = []

    def open_page(text: str, width: int = 1440, height: int = 900, **given: Any) -> Any:
        path = tmp_path / f"report-{len(contexts)}.html"
        path.write_text(text)
        context = chromium.new_context(viewport={"width": width, "height": height}, **given)
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        tab.add_init_script(WATCH)
        tab.asked, tab.wrong = [], []
        tab.on("request", lambda request: tab.asked.append(request))
        tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
        tab.on("console", lambda said: tab.wrong.append(said.text))
        tab.goto(path.as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()


def everything() -> tuple[Result, ...]:
    """MANY, with what the policy, the file and a repository add."""
    told = msgspec.structs.replace(
        ONE,
        path="repo/config.py",
        provenance=("repo/config.py",),
        file=File(4711, 1_700_000_000 * 10**9, 0, 1, 2, 1000, "text", True, "ab" * 32),
        origin=Origin(
            "github",
            "US",
            blob="c0ffee" * 6,
            branches=("main", "release"),
            appearances=(
                Appearance("a" * 40, "config.py", "Ada", "ada@example.com", 1_690_000_000),
                Appearance("b" * 40, "old/config.py", "Bob", "bob@example.com", 1_650_000_000, "d" * 40),
            ),
        ),
        handling=Handling(("secrets-out",), Level.HIGH, ("security",), "Use the vault.", True, ("ticket 12",)),
    )
    dated = msgspec.structs.replace(MANY[1], file=File(99, 1_600_000_000 * 10**9, 0, 1, 3, 0, "eml"))
    return (told, dated, *MANY[2:])


def hostile(payload: str) -> Result:
    findings = (
        passage(msgspec.structs.replace(FORMULA, name=payload, label=payload), (payload, payload), locator=payload,
                excerpt=payload, source=payload, also=(payload,)),
        pattern(3, rule=payload, name=payload, excerpt=payload),
    )  # fmt: skip
    return Result(
        payload,
        (payload,),
        Verdict.BLOCK,
        (payload,),
        Coverage.PARTIAL,
        findings,
        (Skipped((payload, payload), Reason.CRASHED, payload),),
        (Suppressed(findings[0], (payload,)),),
        allowed=1,
        file=File(1, 1, 1, 1, 1, 1, payload, True, payload),
        origin=Origin(payload, payload, payload, False, (payload,), (Appearance(*[payload] * 4, 1, payload),)),
        handling=Handling((payload,), Level.LOW, (payload,), payload, True, (payload,)),
    )


def until(tab: Any, expression: str) -> None:
    """Waits for it to be true; playwright's own way is an `eval`, which the page refuses."""
    for _ in range(400):
        if tab.evaluate(expression):
            return
        tab.wait_for_timeout(25)
    raise AssertionError(f"not within 10 s: {expression}")


def total(tab: Any, view: str) -> int:
    name = tab.get_by_role("button", name=re.compile(f"^{view}[0-9,]+$")).inner_text()
    return int(re.sub(r"\D", "", name))


def show(tab: Any, view: str) -> None:
    tab.get_by_role("button", name=re.compile(f"^{view}[0-9,]+$")).click()


def test_nothing_that_was_found_runs_and_nothing_is_asked_for(opened: Open) -> None:
    results = tuple(hostile(each) for each in PAYLOADS)
    tab = opened(page(results))
    for view, rows in (("Files", len(results)), ("Findings", 2 * len(results)), ("Not read", len(results))):
        show(tab, view)
        assert total(tab, view) == rows
        tab.locator("#list").focus()
        for _ in range(rows):
            tab.keyboard.press("j")
    tab.locator("#query").fill("<script>")
    tab.wait_for_timeout(200)
    for box in tab.locator("#facets fieldset label:first-of-type").all():
        box.click()
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.evaluate("[window.owned, window.refused]") == [[], []]
    foreign = "iframe, img, base, object, embed, link, script:not(head script), meta:not(head meta)"
    assert tab.locator(foreign).count() == 0
    assert (len(tab.asked), tab.wrong) == (1, [])


def test_what_would_run_is_refused_by_the_page_itself(opened: Open) -> None:
    # as if the escaping had failed; so the test before this one can fail
    smuggled = """<script>alert(1)</script><img src="http://example.com/x" onerror="alert(2)"><b style="color: red">
        <iframe src="http://example.com/framed"></iframe><base href="http://example.com/">"""
    tab = opened(page((ONE,)).replace("</body>", f"{smuggled}</body>"))
    tab.evaluate("""() => {
        try { document.body.innerHTML = "<b>markup</b>"; } catch (error) { window.kept = error.name; }
        fetch("http://example.com/fetched").catch(() => {});
    }""")
    wanted = {"script-src", "style-src", "img-src", "frame-src", "base-uri", "connect-src", "require-trusted-types-for"}
    until(tab, f"new Set(window.refused.map((each) => each.replace(/-(elem|attr)$/, ''))).size >= {len(wanted)}")
    assert {each.removesuffix("-elem").removesuffix("-attr") for each in tab.evaluate("window.refused")} == wanted
    assert tab.evaluate("[window.owned, window.kept]") == [[], "TypeError"]
    assert {each.failure for each in tab.asked if "example.com" in each.url} == {"csp"}


def test_text_that_moves_or_hides_text_is_written_out(opened: Open) -> None:
    tab = opened(page((result("invoice\u202egpj.exe\u200b.txt"),)))
    assert r"invoice\u202egpj.exe\u200b.txt" in tab.locator(ROW).inner_text()
    assert r"invoice\u202egpj.exe\u200b.txt" in tab.locator("#detail").inner_text()
    assert r"invoice\u202egpj.exe\u200b.txt" in tab.locator("#facets, #detail, #list").all_inner_texts()[1]


def test_at_a_glance(opened: Open) -> None:
    results = everything()
    tab = opened(page(results))
    tiles = [re.sub(r"\s+", " ", each) for each in tab.locator(".tile").all_inner_texts()]
    assert tiles == ["3 block", "1 quarantine", "2 warn", "2 audit", "3 allow"]
    assert "11 files" in tab.locator(".masthead").inner_text()
    assert "complete" in tab.locator(".masthead").inner_text()
    titles = [each.split("\n")[0] for each in tab.locator(".card h2").all_inner_texts()]
    found, when, unread = titles[:3], titles[3], titles[4]
    assert found == ["Severity by confidence", "Most found", "By label and tag"]
    assert (when, unread) == ("Files by date of their commit", "Not read")
    slots = tab.locator(".columns .column[role=button]")
    assert [each.get_attribute("aria-label") for each in slots.all()] == ["2020-09: 1 quarantine", "2022-04: 1 block"]


def test_one_file_with_all_that_is_known_of_it(opened: Open) -> None:
    tab = opened(page(everything()))
    tab.locator("#query").fill("repo/config.py")
    tab.locator("#query").press("Enter")
    until(tab, "document.querySelectorAll('[role=option]').length === 1")
    said = tab.locator("#detail").inner_text()
    for each in ("its name says otherwise", "Use the vault.", "secrets-out", "security", "ticket 12", "github", "US",
                 "a passage of a secret document", "secrets/hx7-formulation.md", "C••••• t••", "100%", "line 41",
                 "aaaaaaaaaaaa", "2023-07-22", "Ada", "old/config.py", "dddddddddddd", "still there", "main, release",
                 "2023-11-14 22:13 UTC", "ab" * 32, "4.7 kB", f"dlp show 'repo/config.py#{ONE.findings[0].id}'"):  # type: ignore[union-attr]  # fmt: skip
        assert each in said, each


def test_both_sides_stand_beside_one_another_with_what_differs_marked(opened: Open) -> None:
    tab = opened(page((quoted(),)))
    assert "as secret as they are" in tab.locator(".banner").inner_text()
    there, here = tab.locator(".side .text").all_inner_texts()
    assert there == "Stir the \U0001f9ea resin Slowly."
    assert here == "Stir a </script> slowly"
    assert tab.locator("del").all_inner_texts() == ["the \U0001f9ea resin"]
    assert tab.locator("ins").all_inner_texts() == ["a </script>"]
    assert "The passage goes on" in tab.locator("#detail").inner_text()
    assert "dlp show" not in tab.locator("#detail").inner_text()
    assert opened(page((ONE,))).locator(".banner, .side").count() == 0


def test_a_command_to_copy_is_one_word_for_a_shell_whatever_the_name(opened: Open) -> None:
    name = "it's; $(touch owned) `touch owned`\n.txt"
    tab = opened(page((msgspec.structs.replace(ONE, path=name, provenance=(name,)),)))
    command = tab.locator("#detail code", has_text="dlp show").inner_text()
    number = ONE.findings[0].id  # type: ignore[union-attr]
    assert shlex.split(command) == ["dlp", "show", f"{name}#{number}".replace("\n", "\\n")]


def test_filters_count_what_they_would_leave(opened: Open) -> None:
    tab = opened(page(everything()))
    label = tab.locator("#facets label")
    assert total(tab, "Files") == len(everything())
    label.filter(has_text="quarantine").click()
    assert (total(tab, "Files"), total(tab, "Findings"), total(tab, "Not read")) == (1, 3, 2)
    assert label.filter(has_text=re.compile("^block")).inner_text().split() == ["block", "3"]  # as if not asked for
    assert label.filter(has_text="critical").count() == 0
    tab.get_by_role("button", name=re.compile("Remove the filter Verdict")).click()
    assert total(tab, "Files") == len(everything())
    tab.locator(".tile.block").click()
    tab.locator(".ranking button", has_text="Acme key").click()
    assert total(tab, "Files") == 1
    assert "deploy.sh" in tab.locator(ROW).inner_text()
    tab.get_by_role("button", name="Clear all").click()
    tab.get_by_role("button", name=re.compile("severity medium, confidence low")).click()
    assert (total(tab, "Files"), total(tab, "Findings")) == (1, 1)


def test_search_finds_words_in_any_order_wherever_they_stand(opened: Open) -> None:
    tab = opened(page(everything()))
    asked = {"OFFER.eml": 1, "row table prices": 1, "drawings.zip": 1, "acme": 1, "nothing like it": 0}
    for words, files in asked.items():
        tab.locator("#query").fill(words)
        until(tab, f"document.querySelectorAll('[role=option]').length === {files}")
        assert total(tab, "Files") == files
    assert tab.get_by_text("Nothing passes these filters.").is_visible()


def test_the_same_value_is_found_everywhere(opened: Open) -> None:
    tab = opened(page((result("a.txt", findings=(pattern(1),)), result("b.txt", findings=(pattern(1),)), ONE)))
    tab.get_by_role("button", name="#05c037d02f4fe2a81e377613").click()
    assert total(tab, "Findings") == 2
    assert tab.locator(ROW).count() == 2


def test_by_keyboard_alone(opened: Open) -> None:
    tab = opened(page(everything()))
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "query"
    tab.keyboard.type("outbox")
    tab.wait_for_timeout(200)
    tab.keyboard.press("Escape")
    assert tab.locator("#query").input_value() == ""
    assert tab.evaluate("document.activeElement.id") == "list"
    for key, at in (("j", 1), ("ArrowDown", 2), ("k", 1), ("End", len(everything()) - 1), ("Home", 0), ("ArrowUp", 0)):
        tab.keyboard.press(key)
        row = tab.locator(SELECTED)
        assert row.get_attribute("data-index") == str(at)
        assert tab.locator("#list").get_attribute("aria-activedescendant") == row.get_attribute("id")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "detail"
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.id") == "list"


def test_everything_is_reached_by_tab_and_shows_its_focus(opened: Open) -> None:
    tab = opened(page(everything()))
    reached = []
    for _ in range(120):
        tab.keyboard.press("Tab")
        at = tab.evaluate("""() => {
            const here = document.activeElement, style = getComputedStyle(here);
            const touch = here.querySelector(":scope > .touch");
            const seen = style.outlineStyle !== "none" || (touch && getComputedStyle(touch).stroke !== "none");
            return [here.id || here.className.baseVal || here.className || here.tagName, seen];
        }""")
        if at[0] == "BODY":
            break
        reached.append(at)
    names = [name for name, _ in reached]
    assert {"query", "list", "plain", "INPUT", "column", "SELECT", "link"} <= set(names)
    assert names.index("query") < names.index("INPUT") < names.index("list") < names.index("link")
    assert [each for each in reached if not each[1]] == []


def many(count: int) -> tuple[Result, ...]:
    names = [f"share/{n:06}.txt" for n in range(count)]
    return tuple(result(name, Verdict.WARN, findings=(passage(PRICES, (name,)),)) for name in names)


def test_a_long_list_has_only_the_rows_that_are_seen(opened: Open) -> None:
    tab = opened(page(many(3000)))
    assert total(tab, "Files") == 3000
    assert 10 < tab.locator(ROW).count() < 80
    tab.locator("#list").focus()
    tab.keyboard.press("End")
    until(tab, "document.querySelector('[role=option][aria-selected=true]').dataset.index === '2999'")
    last = tab.locator(SELECTED)
    assert "002999.txt" in last.inner_text()
    assert last.get_attribute("aria-setsize") == "3000"
    box = last.bounding_box()
    assert 0 <= box["y"] <= 900 - box["height"]
    assert tab.locator(ROW).count() < 80


@pytest.mark.parametrize("cut", [0.5, 0.9, 0.999])
def test_a_torn_page_shows_what_it_holds_and_says_so(opened: Open, cut: float) -> None:
    text = page(many(20))
    block = text.index('id="data"')
    end = text.index("</script>", block)
    tab = opened(text[: block + int((end - block) * cut)])
    assert "ends in the middle" in tab.locator(".banner").inner_text()
    assert 5 < total(tab, "Files") <= 20
    assert tab.wrong == []


def test_a_page_that_ends_in_its_head_is_no_clean_report(opened: Open) -> None:
    text = page(many(2))
    tab = opened(text[: text.index('id="data"') - 30])
    assert "nothing was found" not in tab.locator("body").inner_text().lower()


def test_a_scan_that_was_cut_short(opened: Open) -> None:
    tab = opened(page((ONE,), Summary(1, 10, 0.1, 1, {"block": 1}, {}, complete=False)))
    assert "cut short" in tab.locator(".banner").inner_text()
    assert "cut short" in tab.locator(".masthead").inner_text()


def test_what_found_no_room_is_said(opened: Open) -> None:
    tab = opened(page((ONE,) * 5, room=1))
    assert "no room for 5 more with the verdict block" in tab.locator(".banner").inner_text()


def test_nothing_was_found(opened: Open) -> None:
    tab = opened(page((), Summary(12, 10, 0.1, 0, {"allow": 12}, {})))
    assert "12 files were read whole, and the policy allows all of them." in tab.locator("main").inner_text()
    assert tab.locator("#query").count() == 0
    skipped = opened(page((), Summary(12, 10, 0.1, 0, {"allow": 12}, {"limit": 1}, complete=False)))
    assert "read whole" not in skipped.locator("main").inner_text()


def test_light_dark_and_what_was_chosen_is_kept(opened: Open) -> None:
    tab = opened(page((ONE,)), color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = tab.evaluate(ground)
    tab.get_by_role("button", name="Light theme").click()
    light = tab.evaluate(ground)
    assert light != dark
    tab.reload()
    assert tab.evaluate(ground) == light
    assert opened(page((ONE,)), color_scheme="light").evaluate(ground) == light


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_no_width_scrolls_sideways(opened: Open, width: int) -> None:
    tab = opened(page((*everything(), hostile("w" * 5000))), width, 740)
    for view in ("Files", "Findings", "Not read"):
        show(tab, view)
        assert tab.evaluate("document.documentElement.scrollWidth") == width


def test_on_a_phone_one_file_takes_the_screen_and_gives_it_back(opened: Open) -> None:
    tab = opened(page(everything()), 360, 740, has_touch=True)
    assert tab.locator("#facets").is_hidden()
    tab.get_by_role("button", name="Filters").click()
    assert tab.locator("#facets").is_visible()
    tab.keyboard.press("Escape")
    assert tab.locator("#facets").is_hidden()
    tab.locator("#list").evaluate("list => list.scrollIntoView()")
    tab.locator(ROW).nth(1).tap()
    box = tab.locator("#detail").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 740)
    assert tab.evaluate("document.querySelector('.listed').inert")
    tab.get_by_role("button", name="Back to the list").tap()
    assert tab.locator("#detail").is_hidden()
    assert not tab.evaluate("document.querySelector('.listed').inert")


def test_on_paper_stands_what_is_listed(opened: Open) -> None:
    tab = opened(page(everything()))
    tab.locator(".tile.warn").click()
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    paper = tab.locator("#paper")
    assert paper.is_visible()
    assert tab.locator(".work").is_hidden()
    assert paper.locator("article").count() == 2
    assert "part-4711.bin" in paper.inner_text()
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert paper.locator("article").count() == 0


def test_without_scripts_the_summary_stands_there(opened: Open) -> None:
    tab = opened(page(everything()), java_script_enabled=False)
    said = tab.locator("noscript").inner_text()
    for each in ("This is the summary.", "Block\t3", "Findings\t29", "encrypted"):
        assert each in said
    assert tab.locator("#page").is_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1440, "dark")])
def test_axe_finds_no_barrier(opened: Open, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    tab = opened(page(everything()), width, 900, color_scheme=scheme, bypass_csp=True)
    tab.locator(".tile.block").click()
    show(tab, "Findings")
    found = axe.Axe().run(tab).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found] == []
