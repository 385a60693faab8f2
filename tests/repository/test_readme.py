"""README and docs: they have what the quality scale asks for, and name what there is."""

import json
from pathlib import Path
import re
from typing import Final

import pytest

from custom_components.wallbox_ocpp import const
from custom_components.wallbox_ocpp.condition import CONDITIONS
from custom_components.wallbox_ocpp.const import DEFAULT_PORT, DOMAIN
from custom_components.wallbox_ocpp.flows.settings import LONGEST_LEASE, SHORTEST_LEASE
from custom_components.wallbox_ocpp.services import ACTIONS
from custom_components.wallbox_ocpp.trigger import TRIGGERS
from custom_components.wallbox_ocpp.wallbox.model.firmware import (
    MINIMUM_FOR_OFFLINE_FIX,
)
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import PROFILES, REPORTING
from custom_components.wallbox_ocpp.wallbox.views.session_record import FIGURES, WHO

REPOSITORY: Final = Path(__file__).parents[2]
DOCS: Final = REPOSITORY / "docs"
PACKAGE: Final = REPOSITORY / "custom_components" / DOMAIN
README: Final = (REPOSITORY / "README.md").read_text()
CONFIGURATION: Final = (DOCS / "configuration.md").read_text()
ENTITIES: Final = (DOCS / "entities.md").read_text()
AUTOMATIONS: Final = (DOCS / "automations.md").read_text()
OFFLINE_FIX: Final = (DOCS / "offline-fix.md").read_text()
SESSIONS: Final = (DOCS / "sessions.md").read_text()
TRANSLATIONS: Final = json.loads((PACKAGE / "translations" / "en.json").read_text())
MOST_LINES: Final = 200

# HACS shows these pages without knowing where they are from, so their links are whole.
FRONT: Final = [REPOSITORY / "README.md", REPOSITORY / "info.md"]
WHOLE: Final = [*FRONT, REPOSITORY / "SECURITY.md"]
# GitHub shows these, and follows links from one to the other.
PAGES: Final = [
    REPOSITORY / "CHANGELOG.md",
    REPOSITORY / "CONTRIBUTING.md",
    *sorted(DOCS.rglob("*.md")),
]
ALL: Final = [*WHOLE, *PAGES]

PROJECT: Final = "wallbox-ocpp/wallbox-ocpp"
HOME: Final = f"https://github.com/{PROJECT}"
PICTURES: Final = f"https://raw.githubusercontent.com/{PROJECT}/main/"
FILES: Final = f"{HOME}/blob/main/"
RELEASED: Final = re.compile(rf"{HOME}/(compare|releases/tag)/v\d")
"""A page about a version, which is there once that is tagged."""
ON_GITHUB: Final = {f"{HOME}/issues", f"{HOME}/security", HOME}

SECTIONS: Final = [
    "Where it stands",
    "The offline fix",
    "Requirements",
    "Install",
    "Your first charger",
    "The entities you will use most",
    "Documentation",
    "Two commands for builders",
    "Thanks",
]

# What the quality scale asks for, and where it is.
DEMANDED: Final = {
    "access.md": ["The lock", "Cards"],
    "architecture.md": ["Rooms", "The way in", "The way out", "Glossary", "Commands"],
    "automations.md": ["Use cases", "Actions", "Triggers", "Conditions", "Examples"],
    "configuration.md": [
        "Supported chargers",
        "Adding a charger",
        "Installation parameters",
        "Configuration parameters",
        "Profiles",
        "When Home Assistant is away",
    ],
    "entities.md": [
        "Entities",
        "When values are updated",
        "The current limit",
        "Repairs",
    ],
    "offline-fix.md": [
        "What is changed in the charger",
        "When Home Assistant is away",
        "What a car gets without a connection",
        "What is proven",
    ],
    "security.md": ["Passwords", "Encryption", "What is not protected"],
    "sessions.md": ["What is recorded", "Statistics"],
    "troubleshooting.md": ["Symptoms", "Diagnostics", "Known limitations", "Removal"],
}


def named(page: Path) -> str:
    """Return the name of a page, as the id of a test."""
    return str(page.relative_to(REPOSITORY))


def prose(page: Path) -> str:
    """Return a page without what it quotes of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def headings(page: Path) -> list[str]:
    """Return the headings of a page."""
    return re.findall(r"^##+ (.+)$", prose(page), re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return what a link to a page may end with, as GitHub makes it of its headings."""
    return {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in headings(page)
    }


def links(page: Path) -> set[str]:
    """Return where a page leads to; its pictures are not among that."""
    text = prose(page)
    inline = re.findall(r"(?<!!)\[[^]]*\]\(([^)]+)\)", text)
    return {*inline, *re.findall(r"^\[[^]]+\]: (\S+)$", text, re.MULTILINE)}


def pictures(page: Path) -> set[str]:
    """Return the addresses of the pictures of a page."""
    text = prose(page)
    return {
        *re.findall(r"!\[[^]]*\]\(([^)]+)\)", text),
        *re.findall(r'src="([^"]+)"', text),
    }


def leads_somewhere(file: Path, anchor: str) -> bool:
    """Return whether a file is there and has the heading that a link names."""
    if not file.exists():
        return False
    return not anchor or (file.suffix == ".md" and anchor in anchors(file))


def whole_link_leads_somewhere(link: str) -> bool:
    """Return whether an address that begins with https:// is right, if it is one of ours."""
    if not link.startswith(HOME) or link in ON_GITHUB or RELEASED.match(link):
        return link.startswith("https://")
    address, _, anchor = link.partition("#")
    if address in {HOME, f"{HOME}/"}:
        return leads_somewhere(REPOSITORY / "README.md", anchor)
    if not address.startswith(FILES):
        return False
    return leads_somewhere(REPOSITORY / address.removeprefix(FILES), anchor)


def test_the_readme_is_short_and_has_its_sections() -> None:
    assert len(README.splitlines()) < MOST_LINES
    assert re.findall(r"^## (.+)$", README, re.MULTILINE) == SECTIONS


@pytest.mark.parametrize("page", DEMANDED)
def test_what_is_demanded_of_a_page_is_there(page: str) -> None:
    found = re.findall(r"^## (.+)$", prose(DOCS / page), re.MULTILINE)
    assert [one for one in DEMANDED[page] if one not in found] == []


def test_the_readme_leads_to_every_page() -> None:
    found = {link.partition("#")[0] for link in links(FRONT[0])}
    pages = [*DOCS.glob("*.md"), DOCS / "decisions" / "README.md"]
    assert [page for page in map(named, pages) if FILES + page not in found] == []


def test_every_decision_is_listed_and_says_what_and_why() -> None:
    folder = DOCS / "decisions"
    decisions = sorted(folder.glob("0*.md"))
    listed = links(folder / "README.md")
    assert {page.name for page in decisions} == listed
    for number, page in enumerate(decisions, 1):
        assert page.read_text().startswith(f"# {number:04} ")
        assert headings(page) == ["Context", "Decision", "Consequences"]


@pytest.mark.parametrize("page", FRONT, ids=named)
def test_what_hacs_cannot_show_is_not_there(page: Path) -> None:
    assert "<picture" not in page.read_text()
    assert "> [!" not in page.read_text()


@pytest.mark.parametrize("page", WHOLE, ids=named)
def test_each_link_is_whole_and_leads_somewhere(page: Path) -> None:
    assert [one for one in links(page) if not whole_link_leads_somewhere(one)] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_each_link_of_a_page_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith("https://"):
            # To one of ours it is a path, which also works in a branch.
            assert not link.startswith(FILES), link
            assert whole_link_leads_somewhere(link), link
            continue
        path, _, anchor = link.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_relative_to(REPOSITORY), link
        assert leads_somewhere(file, anchor), link


def test_each_picture_of_the_front_pages_is_whole_and_there() -> None:
    found = set.union(*map(pictures, FRONT))
    assert all(picture.startswith(PICTURES) for picture in found)
    paths = [picture.removeprefix(PICTURES) for picture in found]
    assert paths
    assert [path for path in paths if not (REPOSITORY / path).is_file()] == []


def test_each_picture_is_there_and_shown() -> None:
    shown = {
        (page.parent / picture).resolve()
        for page in PAGES
        for picture in pictures(page)
    }
    linked = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in links(page)
        if link.endswith(".png")
    }
    in_front = {
        REPOSITORY / picture.removeprefix(PICTURES)
        for picture in set.union(*map(pictures, FRONT))
    }
    assert [picture for picture in shown if not picture.is_file()] == []
    there = set((DOCS / "images").iterdir())
    assert there - shown - linked - in_front == set()


@pytest.mark.parametrize("page", ALL, ids=named)
def test_each_name_of_a_link_is_one_that_leads_somewhere(page: Path) -> None:
    text = prose(page)
    defined = set(re.findall(r"^\[([^]]+)\]: ", text, re.MULTILINE))
    # Without the code and the links that have an address of their own.
    plain = re.sub(
        r"`[^`]*`|!?\[[^]]*\]\([^)]*\)|^\[[^]]+\]: .*$", "", text, flags=re.MULTILINE
    )
    used = {
        (long or short).replace("\n", " ").lower()
        for short, long in re.findall(r"\[([^]]+)\](?:\[([^]]+)\])?", plain)
    }
    assert used == defined


def test_each_address_in_the_integration_leads_somewhere() -> None:
    found = {
        (named(file), address.rstrip("."))
        for folder in (PACKAGE, REPOSITORY / "blueprints", REPOSITORY / ".github")
        for file in folder.rglob("*")
        if file.suffix in {".json", ".md", ".py", ".yaml", ".yml"}
        for address in re.findall(rf"{HOME}[\w/.#-]*", file.read_text())
    }
    # An f-string of const.py; what it becomes is looked at below.
    found = {one for one in found if not one[1].endswith("blob/main/docs")}
    assert found
    assert [one for one in found if not whole_link_leads_somewhere(one[1])] == []


def test_each_learn_more_leads_to_a_section() -> None:
    urls = {
        name: value for name, value in vars(const).items() if name.startswith("URL_")
    }
    assert len(urls) > 3
    for name, url in urls.items():
        assert url.startswith(f"{FILES}docs/"), name
        assert "#" in url, name
        assert whole_link_leads_somewhere(url), name


def test_every_entity_is_described() -> None:
    described = set(re.findall(r"^\| \*\*(.+?)\*\* \|", ENTITIES, re.MULTILINE))
    names = {
        entity["name"]
        for platform in TRANSLATIONS["entity"].values()
        for entity in platform.values()
    }
    assert names == described


def test_every_state_of_an_entity_is_named() -> None:
    rows = dict(re.findall(r"^\| \*\*(.+?)\*\* \| (.+)", ENTITIES, re.MULTILINE))
    missing = [
        (entity["name"], state)
        for platform in TRANSLATIONS["entity"].values()
        for entity in platform.values()
        for state in entity.get("state", {}).values()
        if f"*{state}*" not in rows[entity["name"]]
    ]
    assert missing == []


def test_the_entities_of_the_readme_are_there() -> None:
    section = README.partition("## The entities you will use most")[2]
    used = re.findall(r"^\| \*(.+?)\* \((\w+)\) \|", section, re.MULTILINE)
    assert len(used) == 11
    names = {
        (entity["name"], platform)
        for platform, entities in TRANSLATIONS["entity"].items()
        for entity in entities.values()
    }
    assert [one for one in used if one not in names] == []


def test_every_repair_is_described() -> None:
    section = ENTITIES.partition("\n## Repairs\n")[2]
    described = re.findall(r"^\| \*(.+?)\* \|", section, re.MULTILINE)
    titles = [
        re.sub(r"\{charger\}|\{port\}", "…", issue["title"])
        for issue in TRANSLATIONS["issues"].values()
    ]
    # A title may stand for two causes, which its text tells apart.
    assert sorted(set(titles)) == sorted(described)


def test_every_repair_with_a_click_is_marked() -> None:
    section = ENTITIES.partition("\n## Repairs\n")[2]
    clicks = dict(
        re.findall(r"^\| \*(.+?)\* \| .* \|(.*)\|$", section, re.MULTILINE),
    )
    for issue in TRANSLATIONS["issues"].values():
        title = re.sub(r"\{charger\}|\{port\}", "…", issue["title"])
        assert bool(clicks[title].strip()) == ("fix_flow" in issue), title


def test_every_action_trigger_and_condition_is_described() -> None:
    for name in (
        *(action.name for action in ACTIONS),
        *TRIGGERS,
        *CONDITIONS,
    ):
        assert f"| `{DOMAIN}.{name}` |" in AUTOMATIONS


def test_numbers_are_those_of_the_code() -> None:
    for page in (README, OFFLINE_FIX):
        assert f"**{MINIMUM_FOR_OFFLINE_FIX}**" in page
    for page in (README, CONFIGURATION):
        assert f"ws://<IP of Home Assistant>:{DEFAULT_PORT}/" in page
    assert f"{SHORTEST_LEASE} to {LONGEST_LEASE} minutes" in CONFIGURATION


def test_all_that_is_changed_in_a_charger_is_listed_for_each_profile() -> None:
    heading = re.search(
        r"^\| Setting in the charger \|(.+)\|$", OFFLINE_FIX, re.MULTILINE
    )
    assert heading
    protection = TRANSLATIONS["entity"]["sensor"]["offline_protection"]
    profiles = protection["state_attributes"]["profile"]["state"]
    columns = [profiles[profile] for profile in PROFILES]
    assert [name.strip() for name in heading[1].split("|")] == columns
    rows = OFFLINE_FIX[heading.end() :].split("\n\n")[0].splitlines()[2:]
    listed = {
        key: [value.strip("` ") for value in values]
        for names, *values in (row.strip("|").split("|") for row in rows)
        for key in re.findall(r"`(\w+)`", names)
    }
    keys = {setting.key for settings in PROFILES.values() for setting in settings}
    assert listed == {
        key: [
            next((one.value for one in settings if one.key == key), "–")
            for settings in PROFILES.values()
        ]
        for key in keys
    }
    for setting in REPORTING:
        assert f"`{setting.key}` to `{setting.value}`" in " ".join(OFFLINE_FIX.split())


def test_every_profile_is_described() -> None:
    protection = TRANSLATIONS["entity"]["sensor"]["offline_protection"]
    for profile in protection["state_attributes"]["profile"]["state"].values():
        assert f"| **{profile}** |" in CONFIGURATION


def test_the_way_to_a_charger_is_its_cog_wheel() -> None:
    # Beside it are three dots: Home Assistant's own menu, which only deletes.
    menu = re.compile(r"menu of the charger|charger's menu|in its menu")
    texts = [page.read_text() for page in ALL] + [json.dumps(TRANSLATIONS)]
    assert menu.findall("\n".join(texts)) == []


def test_info_is_a_short_pointer_to_the_readme() -> None:
    info = (REPOSITORY / "info.md").read_text()
    assert len(info.splitlines()) <= 10
    assert "README.md" in info


def test_every_figure_of_a_session_is_described() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \|", SESSIONS, re.MULTILINE)
    described = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert described == FIGURES.keys() | WHO.keys()
