"""The ladder of size: always the same instances, with their files beside them and their optima proven."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from agentkit.envs.ladder import Ladder
from agentkit.envs.ladder import build as script
from agentkit.envs.ladder.benchmark import DATA, METADATA, Entry, read_entries
from agentkit.envs.ladder.catalogue import FAMILIES, RUNGS, Rung, rung_of
from agentkit.envs.ladder.family import SIZES, Family, PlanFamily
from agentkit.envs.ladder.outside import VARIABLE
from agentkit.errors import SolverError, TaskError, UnknownNameError
from agentkit.protocols import Benchmark
from agentkit.sample import Sample

QUICK = [rung for rung in RUNGS if rung.size != "large"]


@pytest.fixture(scope="module")
def samples() -> dict[str, Sample]:
    """All samples by id."""
    return {sample.id: sample for sample in Ladder().samples()}


@pytest.fixture(scope="module")
def entries() -> dict[str, Entry]:
    """The lines of the committed metadata, by id."""
    return {entry.id: entry for entry in read_entries(DATA)}


def test_it_is_a_benchmark_of_ten_families() -> None:
    assert isinstance(Ladder(), Benchmark)
    assert len(FAMILIES) == 10
    assert all(isinstance(family, Family) for family in FAMILIES.values())
    plans = {name for name, family in FAMILIES.items() if isinstance(family, PlanFamily)}
    assert (
        plans == {"blocksworld", "logistics"} == {n for n, f in FAMILIES.items() if f.aim == "shortest plan"}
    )


def test_each_family_has_two_instances_of_each_size(samples: dict[str, Sample]) -> None:
    counts = Counter((sample.group, sample.tags["size"]) for sample in samples.values())
    assert counts == {(name, size): 2 for name in FAMILIES for size in SIZES}
    assert list(samples) == [rung.key for rung in RUNGS]


def test_one_of_each_family_and_size_comes_first(samples: dict[str, Sample]) -> None:
    first = list(samples.values())[:30]
    assert {(s.tags["family"], s.tags["size"]) for s in first} == {(n, z) for n in FAMILIES for z in SIZES}
    assert all((sample in first) == ("first" in sample.tags) for sample in samples.values())


def test_only_large_ones_have_files_and_these_are_there_and_named_in_the_text(
    samples: dict[str, Sample],
) -> None:
    for sample in samples.values():
        names = [attachment.name for attachment in sample.task.attachments]
        assert sample.fault == ""
        assert bool(names) == (sample.tags["size"] == "large")
        assert all(name in sample.task.goal for name in names)
        assert all(attachment.path.is_file() for attachment in sample.task.attachments)


def test_large_data_are_in_files_and_all_files_together_are_small(samples: dict[str, Sample]) -> None:
    assert all(len(s.task.goal) < 2000 for s in samples.values() if s.tags["size"] == "large")
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 600_000


def test_large_ones_have_the_sizes_that_they_are_known_for() -> None:
    data = {name: family.make("large", 1).data for name, family in FAMILIES.items()}
    assert (len(data["facility"].sites), len(data["facility"].customers)) == (40, 200)
    assert (len(data["shifts"].clerks), len(data["shifts"].early)) == (60, 28)
    assert len(data["knapsack"].items) == 200
    assert (len(data["job_shop"].jobs), data["job_shop"].machines) == (10, 10)
    assert len(data["blocksworld"].now) == 20
    assert len(data["tours"].towns) == 50
    assert (len(data["set_cover"].posts), len(data["set_cover"].needs)) == (200, 100)
    assert len(data["cutting_stock"].orders) == 25
    assert (len(data["multi_commodity_flow"].terminals), len(data["multi_commodity_flow"].shipments)) == (
        30,
        6,
    )
    assert (len(data["logistics"].cities), len(data["logistics"].parcels)) == (3, 8)


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.key)
def test_the_committed_instance_is_what_its_seed_makes(rung: Rung, entries: dict[str, Entry]) -> None:
    family, entry = FAMILIES[rung.family], entries[rung.key]
    made = family.make(rung.size, rung.seed)
    assert (entry.goal, entry.files) == (made.text, tuple(made.files))
    assert (entry.aim, entry.unit, entry.proof) == (family.aim, family.unit, family.proofs[rung.size])
    for name, content in made.files.items():
        assert (DATA / f"{rung.key}-{name}").read_bytes() == content


def test_other_seeds_make_other_instances() -> None:
    for family in FAMILIES.values():
        assert len({family.make("medium", seed).text for seed in range(1, 6)}) == 5


@pytest.mark.parametrize("rung", QUICK, ids=lambda rung: rung.key)
def test_the_committed_optimum_is_proven_anew(rung: Rung, entries: dict[str, Entry]) -> None:
    assert FAMILIES[rung.family].gold(rung.instance()) == entries[rung.key].target


@pytest.mark.slow
def test_checking_finds_nothing_wrong_with_what_is_committed(capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(["--check"]) == 0
    assert "60 instances of 10 families; 0 faults" in capsys.readouterr().out


def test_comparing_tells_changed_missing_and_needless_files(tmp_path: Path) -> None:
    made, kept = tmp_path / "made", tmp_path / "kept"
    for folder in (made, kept):
        folder.mkdir()
        (folder / "same.csv").write_text("a", encoding="utf-8")
    (made / "changed.csv").write_text("a", encoding="utf-8")
    (kept / "changed.csv").write_text("b", encoding="utf-8")
    (made / "missing.csv").write_text("a", encoding="utf-8")
    (kept / "needless.csv").write_text("a", encoding="utf-8")
    assert sorted(line.partition(":")[0] for line in script.compare(kept, made)) == [
        "changed.csv",
        "missing.csv",
        "needless.csv",
    ]


def test_an_unknown_option_of_the_script_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(["--chekc"]) == 2
    assert "usage" in capsys.readouterr().err


def test_large_job_shops_name_what_their_proof_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(SolverError, match="OR-tools") as caught:
        FAMILIES["job_shop"].gold(FAMILIES["job_shop"].make("large", 1))
    assert VARIABLE in caught.value.mend


def test_an_interpreter_without_or_tools_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "no-python"))
    with pytest.raises(SolverError, match="cannot be asked"):
        FAMILIES["job_shop"].gold(FAMILIES["job_shop"].make("large", 1))


def test_an_instance_whose_file_is_missing_is_a_fault(tmp_path: Path) -> None:
    folder = tmp_path / "ladder"
    shutil.copytree(DATA, folder)
    (folder / "tours-large-1-distances.csv").unlink()
    faults = {sample.id: sample.fault for sample in Ladder().samples(folder) if sample.fault}
    assert list(faults) == ["tours-large-1"] and "distances.csv" in faults["tours-large-1"]


def test_a_folder_without_instances_is_an_error_that_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="cannot be read") as caught:
        list(Ladder().samples(tmp_path))
    assert "agentkit.envs.ladder.build" in caught.value.mend
    (tmp_path / METADATA).write_text("{}\n", encoding="utf-8")
    with pytest.raises(TaskError, match="metadata"):
        list(Ladder().samples(tmp_path))


def test_an_unknown_id_is_an_error_that_shows_the_form() -> None:
    with pytest.raises(UnknownNameError, match="tours-huge-1") as caught:
        rung_of("tours-huge-1")
    assert "tours-large-1" in caught.value.mend
