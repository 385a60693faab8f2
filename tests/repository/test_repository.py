"""The workshop: workflows, forms and hooks that nobody runs by hand."""

from collections.abc import Iterator
import json
import os
from pathlib import Path
import re
import subprocess
import sys
from typing import Any, Final
from zipfile import ZipFile

import pytest

from homeassistant.util.yaml import load_yaml_dict
from scripts import release

REPOSITORY: Final = Path(__file__).parents[2]
GITHUB: Final = REPOSITORY / ".github"
WORKFLOWS: Final = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS: Final = [
    path
    for path in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
    if path.stem != "config"
]

VERSIONED: Final = re.compile(r"actions/[a-z-]+@v\d+")
"""An action of GitHub's own, in a major version."""
UNVERSIONED: Final = {"home-assistant/actions/hassfest@master", "hacs/action@main"}
"""Checks that are to hold today's rules."""
MAY_WRITE: Final = {
    ("release", "release"): {"contents"},
    ("upcoming", "report"): {"issues"},
}
"""What a job may change, by workflow and job."""


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return each job with its workflow."""
    for path in WORKFLOWS:
        for name, job in load_yaml_dict(path)["jobs"].items():
            yield path.stem, name, job


JOBS: Final = [
    pytest.param(workflow, name, job, id=f"{workflow}-{name}")
    for workflow, name, job in jobs()
]


# Workflows.


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_do_nothing_that_a_job_does_not_ask_for(path: Path) -> None:
    assert load_yaml_dict(path)["permissions"] == {}


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_a_job_may_write_only_what_it_is_there_to_write(
    workflow: str, name: str, job: dict[str, Any]
) -> None:
    allowed = job.get("permissions", {})
    writes = {scope for scope, access in allowed.items() if access != "read"}
    assert writes == MAY_WRITE.get((workflow, name), set())


@pytest.mark.parametrize(("workflow", "name", "job"), JOBS)
def test_a_job_ends_and_uses_actions_of_a_known_version(
    workflow: str, name: str, job: dict[str, Any]
) -> None:
    if "uses" in job:
        assert (REPOSITORY / job["uses"]).is_file()
        return
    assert job["timeout-minutes"] <= 60
    for step in job["steps"]:
        if (uses := step.get("uses")) is None:
            continue
        assert VERSIONED.fullmatch(uses) or uses in UNVERSIONED
        if uses.startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_a_workflow_runs_what_is_there() -> None:
    run = "\n".join(
        step["run"]
        for _, _, job in jobs()
        for step in job.get("steps", ())
        if "run" in step
    )
    programs = re.findall(r"\bscripts/[a-z_-]+", run)
    modules = re.findall(r"-m (scripts\.[a-z_]+)", run)
    assert {"scripts/test", "scripts/report-failure"} <= {*programs}
    assert {"scripts.release", "scripts.import_all"} <= {*modules}
    assert all((REPOSITORY / program).is_file() for program in programs)
    assert all(
        (REPOSITORY / f"{module.replace('.', '/')}.py").is_file() for module in modules
    )


# The release.


def test_the_changelog_has_what_is_to_be_released() -> None:
    changelog = release.CHANGELOG.read_text()
    manifest = json.loads((release.PACKAGE / "manifest.json").read_text())
    versions = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    assert versions[:2] == ["Unreleased", manifest["version"]]
    assert "### Added" in release.notes_of(manifest["version"], changelog)


def test_the_archive_has_the_files_that_hacs_unpacks(tmp_path: Path) -> None:
    hacs = json.loads((REPOSITORY / "hacs.json").read_text())
    assert hacs["zip_release"]
    first = release.pack(tmp_path)
    assert first.name == hacs["filename"]
    content = first.read_bytes()
    assert release.pack(tmp_path).read_bytes() == content
    with ZipFile(first) as archive:
        names = set(archive.namelist())
        manifest = archive.read("manifest.json")
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=release.PACKAGE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert names == set(tracked.stdout.splitlines())
    assert manifest == (release.PACKAGE / "manifest.json").read_bytes()


def test_a_tag_that_fits_is_released_with_python_alone(tmp_path: Path) -> None:
    version = json.loads((release.PACKAGE / "manifest.json").read_text())["version"]
    done = run_release(f"v{version}", tmp_path / "dist")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "dist" / release.ARCHIVE).exists()
    assert (tmp_path / "dist" / release.NOTES).read_text().strip()


@pytest.mark.parametrize("tag", ["v99.0.0", "0.1.0", "v0.1"])
def test_a_tag_that_does_not_fit_is_refused(tmp_path: Path, tag: str) -> None:
    done = run_release(tag, tmp_path / "dist")
    assert done.returncode == 1
    assert f"the tag is {tag}" in done.stderr
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize(
    "changelog",
    [
        "## [Unreleased]\n\n- New.\n",
        "## [1.2.0] - unreleased\n\n- New.\n",
        "## [1.2.0] - 2026-11-26\n\n## [1.1.0] - 2026-10-01\n\n- Old.\n",
        "## [1x2.0] - 2026-11-26\n\n- Other.\n",
    ],
)
def test_a_version_without_a_dated_section_is_refused(changelog: str) -> None:
    with pytest.raises(release.MismatchError):
        release.notes_of("1.2.0", changelog)


def test_the_notes_end_where_the_next_section_begins() -> None:
    changelog = (
        "# Changelog\n\n## [Unreleased]\n\n- Later.\n\n## [1.2.0] - 2026-11-26\n\n"
        "### Added\n\n- New.\n\n## [1.1.0] - 2026-10-01\n\n- Old.\n\n[1.1.0]: https://x\n"
    )
    assert release.notes_of("1.2.0", changelog) == "### Added\n\n- New.\n"
    assert release.notes_of("1.1.0", changelog) == "- Old.\n"


def run_release(tag: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as the workflow does, without any package."""
    return subprocess.run(
        [sys.executable, "-S", "-m", "scripts.release", tag, str(folder)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


# The report of a failure.

GH: Final = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$1 $2" in
  "run view") printf '%s' "$FAILED" ;;
  "issue list") printf '%s' "$OPEN" ;;
esac
"""
"""Stands for GitHub's program; what it is asked for is tried out on GitHub only."""


@pytest.mark.parametrize(
    ("failed", "opened", "expected"),
    [
        ("", "", []),
        (
            "Home Assistant's newest beta\thttps://x/1\n",
            "",
            ["issue create --title Home Assistant's newest beta fails --body "],
        ),
        (
            "Home Assistant's newest beta\thttps://x/1\n"
            "Home Assistant's development branch\thttps://x/2\n",
            "17",
            ["issue comment 17 --body ", "issue comment 17 --body "],
        ),
    ],
)
def test_each_job_that_failed_is_reported_once(
    tmp_path: Path, failed: str, opened: str, expected: list[str]
) -> None:
    program, calls = tmp_path / "gh", tmp_path / "calls"
    program.write_text(GH)
    program.chmod(0o755)
    subprocess.run(
        [REPOSITORY / "scripts" / "report-failure", "1", "Home Assistant's "],
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "CALLS": str(calls),
            "FAILED": failed,
            "OPEN": opened,
        },
        check=True,
    )
    written = [
        call
        for call in calls.read_text().splitlines()
        if call.startswith(("issue create", "issue comment"))
    ]
    assert len(written) == len(expected)
    for call, beginning in zip(written, expected, strict=True):
        assert call.startswith(beginning)
        assert "https://x/" in call


# Forms and hooks.


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_each_field_of_a_form_has_a_name_and_a_label(path: Path) -> None:
    form = load_yaml_dict(path)
    assert form["name"]
    assert form["description"]
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids))
    for field in form["body"]:
        assert field["type"] in {"dropdown", "input", "textarea"}
        assert field["attributes"]["label"]


def test_a_problem_comes_with_the_versions_in_fields_of_their_own() -> None:
    form = load_yaml_dict(GITHUB / "ISSUE_TEMPLATE" / "problem.yml")
    required = {
        field["id"] for field in form["body"] if field["validations"]["required"]
    }
    assert {"charger", "diagnostics", "home_assistant", "version"} <= required


def test_each_hook_runs_a_linter_that_scripts_lint_runs() -> None:
    [local] = load_yaml_dict(REPOSITORY / ".pre-commit-config.yaml")["repos"]
    lint = (REPOSITORY / "scripts" / "lint").read_text()
    required = (REPOSITORY / "requirements" / "test.in").read_text()
    for hook in local["hooks"]:
        assert hook["language"] == "system"
        program, *_ = hook["entry"].split()
        assert f"{program} " in lint or f"{program}\n" in lint
        assert re.search(rf"^{Path(program).name}\b", required, re.MULTILINE)


def test_the_dev_container_forwards_the_ports_of_the_demo() -> None:
    container = json.loads(
        (REPOSITORY / ".devcontainer" / "devcontainer.json").read_text()
    )
    demo = (REPOSITORY / "scripts" / "demo").read_text()
    ports = {int(port) for port in re.findall(r"port (\d+)", demo)}
    assert set(container["forwardPorts"]) == ports
    assert {int(port) for port in container["portsAttributes"]} == ports
