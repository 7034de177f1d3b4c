"""The results as Markdown: what ran where, and a table for each question."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

OURS = {"bench-vulkan": "augsphere, Vulkan", "bench-cuda": "augsphere, CUDA"}
# The steps up to which losses are compared in the table.
UP_TO = (1, 5, 10, 20)
# The forms in which PyTorch takes its steps, in the order of their columns.
FORMS = [(precision, compiled) for precision in ("float32", "tf32", "bf16") for compiled in (False, True)]
FORM_NAMES = {"float32": "32 bits", "tf32": "TF32", "bf16": "bf16"}


def rows_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    line = lambda cells: f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"
    return "\n".join([line(head), line(["---"] * len(head)), *map(line, rows)])


def figure(value: float | None) -> str:
    """Three digits that count: `182,000`, `84.6`, `2.51`; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def relative(value: float | None) -> str:
    """A relative difference; nothing stands for a number that was not finite."""
    return "not a number" if value is None else f"{value:.1e}"


def ratio(peer: float | None, own: float | None) -> str:
    return f"**{figure(peer / own)}**" if peer and own else "-"


def result(record: Mapping[str, Any], part: str) -> Any:
    return (record["parts"].get(part) or {}).get("result")


def ours(record: Mapping[str, Any], part: str) -> str:
    """The heading of a column of ours: where there is no card, the CPU is measured in the place of Vulkan."""
    return "augsphere, CPU" if (result(record, part) or {}).get("kind") == "cpu" else OURS[part]


def facts(record: Mapping[str, Any]) -> str:
    """A paragraph: when, by which kit, on what."""
    kit, card, machine, python = (record[name] for name in ("kit", "card", "machine", "python"))
    form = "`run.sh --quick`" if record["quick"] else "`run.sh`"
    built = "Vulkan and CUDA" if kit.get("cuda") else "Vulkan only"
    lines = [f"Measured {record['date']} in {record['seconds']} s by {form} of the kit of commit {kit.get('commit', 'unknown')}, program {kit.get('version', '?')} with {built}."]
    driver = f"Driver {card['driver']}" if card.get("driver") else "Driver unknown"
    more = [card[name] for name in ("memory", "power_limit") if card.get(name)]
    libraries = [f"{name} {python[key]}" for key, name in (("torch", "PyTorch"), ("torchvision", "torchvision"), ("kornia", "kornia")) if python.get(key)]
    words = [", ".join([driver, *more]), f"{machine.get('cpu', 'an unknown processor')}, {machine.get('cores', '?')} cores, {machine.get('memory_gib', '?')} GiB, {machine.get('system', '')}"]
    words.append(", ".join([f"Python {python.get('version', '?')}", *libraries]))
    return "\n".join([*lines, "; ".join(words) + "."])


def self_test(record: Mapping[str, Any]) -> str:
    rows = []
    for device in result(record, "self-test") or []:
        checks = device["self_test"].get("checks", [])
        if device["kind"] == "cpu" or not checks:
            continue
        failed = [f"{check['name']} ({check['shape']})" for check in checks if not check["passed"]]
        shares = [check["worst"] / check["tolerance"] for check in checks if check["tolerance"] > 0 and check["worst"] is not None]
        found = f"{len(failed)} of {len(checks)} FAIL: {', '.join(failed)}" if failed else f"all {len(checks)} pass"
        rows.append([device["name"], device["backend"], found, figure(max(shares, default=0.0))])
    if not rows:
        return ""
    return "### Self-test\n\n" + rows_of(["device", "through", "checks beside the CPU", "the worst, of its tolerance"], rows)


def twenty(record: Mapping[str, Any]) -> str:
    rows = []
    for name, words in (("vulkan", "Vulkan"), ("cuda", "CUDA")):
        found = result(record, f"twenty-{name}")
        if not found or not found["steps"]:
            continue
        verdict = "as expected" if found["passed"] else "**NOT as expected**"
        short = "" if found["steps"] == found["of"] else f", after {found['steps']} steps only"
        upto = [greatest_up_to(found["differences"], step) for step in UP_TO]
        rows.append([words, *upto, f"{verdict} (at most {found['expected_first']:.0e} first, {found['expected_greatest']:.0e} in the end){short}"])
    if not rows:
        return ""
    rows.append(["an H100 that was right, Vulkan", "9e-07", "", "", "5e-03", ""])
    note = "The greatest relative difference of the losses of `shapes-simclr` from the CPU's. It grows from step to step, because training amplifies rounding."
    if any(row[0] == "CUDA" for row in rows):
        note += " On CUDA tensor cores may round products to ten bits."
    return f"### Twenty steps beside the CPU\n\n{note}\n\n" + rows_of(["through", "step 1", *[f"up to {step}" for step in UP_TO[1:]], ""], rows)


def greatest_up_to(differences: Sequence[float | None], step: int) -> str:
    """Of the steps up to this one; a dash if it was not reached."""
    if len(differences) < step:
        return "-"
    return relative(None if None in differences[:step] else max(differences[:step]))


def own_steps(record: Mapping[str, Any]) -> dict[tuple[str, int], dict[str, float]]:
    """Milliseconds of our steps, by encoder and images, then by part."""
    found: dict[tuple[str, int], dict[str, float]] = {}
    for part in OURS:
        for row in (result(record, part) or {}).get("rows", []):
            found.setdefault((row["encoder"], row["batch"]), {})[part] = row["ms"]
    return found


def peer_steps(record: Mapping[str, Any]) -> dict[tuple[str, int], dict[tuple[str, bool], float]]:
    """Milliseconds of PyTorch's steps, by encoder and images, then by form."""
    found: dict[tuple[str, int], dict[tuple[str, bool], float]] = {}
    for part in ("pytorch-eager", "pytorch-compiled"):
        for line in result(record, part) or []:
            if line.get("median_ms"):
                found.setdefault((line["encoder"], line["images"]), {})[line["precision"], line["compiled"]] = line["median_ms"]
    return found


def steps(record: Mapping[str, Any]) -> str:
    own, peers = own_steps(record), peer_steps(record)
    order = {"tiny": 0, "small": 1, "base": 2, "resnet18": 3}
    cases = sorted({*own, *peers}, key=lambda case: (order.get(case[0], 9), case))
    if not cases:
        return ""
    parts = [part for part in OURS if any(part in found for found in own.values())]
    forms = [form for form in FORMS if any(form in found for found in peers.values())]
    rows = []
    for case in cases:
        mine, theirs = own.get(case, {}), peers.get(case, {})
        best = min(mine.values(), default=None)
        cells = [figure(mine.get(part)) for part in parts] + [figure(theirs.get(form)) for form in forms]
        eager = next((theirs[form] for form in (("tf32", False), ("float32", False)) if form in theirs), None)
        rows.append([f"{case[0]}, {case[1]}", *cells, ratio(eager, best), ratio(min(theirs.values(), default=None), best)])
    names = [ours(record, part) for part in parts] + [f"PyTorch {FORM_NAMES[precision]}{', compiled' if compiled else ''}" for precision, compiled in forms]
    where = " PyTorch on the CPU: it finds no CUDA device." if forms and not record["python"].get("cuda") else ""
    note = f"Milliseconds (both views forward, NT-Xent, backward, SGD, the loss read back; random 32x32x3 images in the device's memory; medians; ours in 32 bits, PyTorch channels last).{where} Ratios above 1: ours is faster."
    return f"### A training step\n\n{note}\n\n" + rows_of(["encoder, images", *names, "its eager / our best", "its best / our best"], rows)


def of_bench(record: Mapping[str, Any], part: str) -> list[str]:
    """The other figures of a device, in the order of `figures`."""
    found = result(record, part) or {}
    milliseconds = lambda seconds: figure(None if seconds is None else 1e3 * seconds)
    of = lambda words, key: f" ({words})" if found.get(key) is not None else ""
    distances = f"{found.get('distance_images')} images, {found.get('distance_views')} views"
    software = ", on the CPU" if found.get("software") else ""
    neighbours = f"{found.get('knn_queries')} among {found.get('knn_bank')}{software}"
    return [
        figure(found.get("gemm_gflops")),
        figure(found.get("memory_gb_per_s")),
        figure(found.get("views_per_second")),
        milliseconds(found.get("distance_seconds")) + of(distances, "distance_seconds"),
        milliseconds(found.get("knn_seconds")) + of(neighbours, "knn_seconds"),
        figure(found.get("frame_ms")) + of(f"{found.get('frame_points') or 20000} points", "frame_ms"),
    ]


def of_peers(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the libraries take for views, distances and neighbours, as columns beside ours."""
    columns: dict[str, list[str]] = {}
    for line in result(record, "augment") or []:
        told = f"failed: {line['failed'][:60]}" if line.get("failed") else figure(line["images_per_second"])
        columns[line["library"]] = ["", "", told, "", "", ""]
    found = {line["what"]: line for line in result(record, "neighbours") or [] if line.get("median_ms")}
    if found:
        cells = ["", "", "", "-", "-", ""]
        if "distances" in found:
            line = found["distances"]
            cells[3] = f"{figure(line['median_ms'])} ({line['images']} images, {line['views']} views)"
        if "neighbours" in found:
            line = found["neighbours"]
            cells[4] = f"{figure(line['median_ms'])} ({line['queries']} among {line['bank']})"
        columns["PyTorch"] = cells
    return columns


def figures(record: Mapping[str, Any]) -> str:
    names = ["matrix products, GFLOP/s", "memory, GB/s", "views a second, SimCLR's five augmentations", "augmented distances, ms", "nearest neighbours, ms", "a frame of the sphere, ms"]
    columns = {ours(record, part): of_bench(record, part) for part in OURS if result(record, part)}
    columns.update(of_peers(record))
    if not columns:
        return ""
    rows = [[name, *(cells[at] for cells in columns.values())] for at, name in enumerate(names)]
    told = [row for row in rows if any(cell not in ("", "-") for cell in row[1:])]
    frame = ", a frame" if names[-1] in [row[0] for row in told] else ""
    return f"### Views, distances, neighbours{frame}\n\n" + rows_of(["", *columns], told)


def epochs(record: Mapping[str, Any]) -> str:
    rows = []
    for name, words in (("vulkan", "Vulkan"), ("cuda", "CUDA")):
        found = result(record, f"epoch-{name}")
        if not found:
            continue
        done = f"{found['steps']} of {found['of']}" if found["steps"] < found["of"] else str(found["of"])
        rate = found["batch"] / found["step_ms"] * 1e3 if found.get("step_ms") else None
        cells = [words, done, figure(found.get("step_ms")), figure(rate), figure(found.get("epoch_seconds")), figure(found.get("seconds")), figure(found["whole_seconds"])]
        rows.append(cells)
        last = found
    if not rows:
        return ""
    note = f"SimCLR with `{last['encoder']}` on {last['images']:,} drawn images of 32x32, {last['batch']} a step, augmentation on the device. Under way: after the first tenth of the steps."
    return f"### One epoch\n\n{note}\n\n" + rows_of(
        ["through", "steps", "ms a step under way", "images a second", "an epoch at that pace, s", "training in all, s", "with drawing the images and starting, s"], rows
    )


def missing(record: Mapping[str, Any]) -> str:
    """What was not done or not to its end, and what Vulkan lacks."""
    lines = []
    for part in OURS:
        for left in (result(record, part) or {}).get("left_out", []):
            lines.append(f"- {ours(record, part)}: {left['what']} was left out, {left['reason']}")
    for name, part in record["parts"].items():
        if part["status"] != "done" or part["reason"]:
            lines.append(f"- `{name}`: {part['status']}" + (f", {part['reason']}" if part["reason"] else ""))
        for line in part["result"] if isinstance(part["result"], list) else []:
            if line.get("failed"):
                what = line.get("library") or line.get("what") or f"{line.get('encoder')}, {line.get('images')} images, {line.get('precision')}"
                lines.append(f"- `{name}`: {what} failed: {line['failed'][:200]}")
    # Not where the program has found a card after all.
    there = any(device["backend"] == "Vulkan" and not device["software"] for device in result(record, "self-test") or [])
    words = [] if there else ((result(record, "machine") or {}).get("vulkan") or {}).get("words") or []
    lines += ["", "```", *words, "```"] if words else []
    return "### What is missing\n\n" + "\n".join(lines) if lines else ""


def table(record: Mapping[str, Any]) -> str:
    """The whole text below the heading with the card's name."""
    sections = [facts(record), self_test(record), twenty(record), steps(record), figures(record), epochs(record), missing(record)]
    return "\n\n".join(section for section in sections if section) + "\n"
