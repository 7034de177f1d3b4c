"""What is there: the card, its driver, what Vulkan and CUDA need, PyTorch. What is missing is said with the files to bring."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence

# Folders with the descriptions of Vulkan drivers, in the loader's order.
MANIFESTS = ("/usr/local/etc/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d")
LOADER = "libvulkan.so.1"
# NVIDIA's driver for Vulkan, under the names that its description has on machines with and without a screen.
DRIVERS = ("libGLX_nvidia.so.0", "libEGL_nvidia.so.0")
# What that driver loads; VERSION is the driver's own.
BESIDE = ("libnvidia-glcore.so.VERSION", "libnvidia-tls.so.VERSION", "libnvidia-glsi.so.VERSION", "libnvidia-gpucomp.so.VERSION",
          "libnvidia-glvkspirv.so.VERSION", "libX11.so.6", "libXext.so.6", "libxcb.so.1", "libXau.so.6", "libXdmcp.so.6")  # fmt: skip


class Vulkan(NamedTuple):
    """Whether Vulkan can work, what the program's environment needs for it, and what is to be said."""

    usable: bool
    env: dict[str, str]
    words: list[str]


def output(command: Sequence[str], limit: float = 20.0) -> str:
    """What a program prints; nothing if there is none or it fails."""
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""


def card() -> dict[str, Any]:
    """The first NVIDIA card, and its driver; empty if there is none."""
    fields = ("name", "driver_version", "memory.total", "power.limit")
    line = output(["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader"]).splitlines()
    if line:
        name, driver, memory, power = [word.strip() for word in line[0].split(",")]
        return {"name": name, "driver": driver, "memory": memory, "power_limit": power}
    version = Path("/proc/driver/nvidia/version")
    found = re.search(r"\d+\.\d+(\.\d+)?", version.read_text()) if version.exists() else None
    return {"name": "", "driver": found[0]} if found else {}


def loads(names: Sequence[str], env: Mapping[str, str]) -> dict[str, str]:
    """For each library why it cannot be loaded; empty for those that can. In a process of its own: a driver may crash it."""
    asked = "import ctypes, json, sys\nfound = {}\nfor name in sys.argv[1:]:\n    try:\n        ctypes.CDLL(name)\n        found[name] = ''\n"
    asked += "    except OSError as error:\n        found[name] = str(error)\n    print(json.dumps(found), flush=True)\n"
    try:
        ended = subprocess.run([sys.executable, "-c", asked, *names], capture_output=True, text=True, timeout=30, env=dict(env))
        lines = ended.stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        lines = []
    found = json.loads(lines[-1]) if lines else {}
    return {name: found.get(name, "it crashes whoever loads it") for name in names}


def manifests(env: Mapping[str, str]) -> list[Path]:
    """The descriptions of Vulkan drivers that the loader would read."""
    named = env.get("VK_DRIVER_FILES") or env.get("VK_ICD_FILENAMES")
    if named:
        places = [Path(word) for word in named.split(":") if word]
        return [file for place in places for file in (sorted(place.glob("*.json")) if place.is_dir() else [place]) if file.is_file()]
    own = env.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    folders = [Path(own) / "vulkan" / "icd.d", *map(Path, MANIFESTS)]
    return [file for folder in folders for file in sorted(folder.glob("*.json"))]


def library_of(manifest: Path) -> str:
    """The library that a description names; nothing if it cannot be read."""
    try:
        return json.loads(manifest.read_text())["ICD"]["library_path"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def joined(*places: str | Path | None) -> str:
    return ":".join(str(place) for place in places if place)


def to_bring(missing: Mapping[str, str], driver: str) -> list[str]:
    """A line for each file that is to be brought, with why and where it comes from."""
    version = driver or "that is loaded"
    lines = []
    for name, why in missing.items():
        source = "the system's packages (Debian, Ubuntu: libvulkan1; Fedora: vulkan-loader)" if name == LOADER else ""
        if "nvidia" in name.lower():
            source = f"the NVIDIA driver {version}, exactly that version (Ubuntu: libnvidia-gl-{version.split('.')[0]}), if it has that file"
        if name.startswith(("libX", "libxcb")):
            source = "the system's packages (Debian, Ubuntu: libx11-6, libxext6)"
        # That it is not there goes without saying; that it is damaged, or lacks another, does not.
        more = "" if not why or why.startswith(f"{name}: cannot open shared object file") else f"  [{why}]"
        lines.append(f"  {name}  from {source}{more}")
    return lines


def vulkan(kit: Path, work: Path, driver: str, has_card: bool, env: Mapping[str, str]) -> Vulkan:
    """Looks for the loader and the driver; takes those that were brought, and writes a driver's description where only that is missing."""
    own = {"LD_LIBRARY_PATH": joined(kit / "lib", env.get("LD_LIBRARY_PATH"))} if any((kit / "lib").glob("*.so*")) else {}
    words: list[str] = []
    missing: dict[str, str] = {}
    why = loads([LOADER], {**env, **own})[LOADER]
    if why:
        shipped = {"LD_LIBRARY_PATH": joined(kit / "loader", own.get("LD_LIBRARY_PATH") or env.get("LD_LIBRARY_PATH"))}
        if (kit / "loader" / LOADER).is_file() and not loads([str(kit / "loader" / LOADER)], {**env, **shipped})[str(kit / "loader" / LOADER)]:
            own = shipped
            words.append(f"This machine has no Vulkan loader ({LOADER}); the kit's own is taken.")
        else:
            missing[LOADER] = why
    found = [*sorted((kit / "lib").glob("*.json")), *manifests(env)]
    of_card = [file for file in found if "nvidia" in file.name.lower() or "nvidia" in library_of(file).lower()]
    if not has_card:
        usable = not missing and bool(found)
        if not found:
            words.append("No Vulkan driver is described in any of: " + ", ".join(MANIFESTS))
    else:
        names = [library_of(file) for file in of_card if library_of(file)] or list(DRIVERS)
        faults = loads(names, {**env, **own})
        working = next((name for name in names if not faults[name]), None)
        if working is None:
            missing.update({names[0]: faults[names[0]]})
            beside = [name.replace("VERSION", driver or "VERSION") for name in BESIDE]
            missing.update({name: fault for name, fault in loads(beside, {**env, **own}).items() if fault})
        elif not of_card or of_card[0].parent == kit / "lib":
            description = of_card[0] if of_card else describe(working, work)
            own.update({"VK_DRIVER_FILES": str(description), "VK_ICD_FILENAMES": str(description)})
            words.append(f"NVIDIA's Vulkan driver is taken by {description.name} of the kit.")
        usable = not missing
    if missing:
        words.append("Vulkan cannot be used here. Bring these files into the kit's folder lib/ and start again:")
        words += to_bring(missing, driver)
        words.append("  In a container the driver's files for graphics are there if it is started with NVIDIA_DRIVER_CAPABILITIES=all.")
    return Vulkan(usable, own, words)


def describe(library: str, work: Path) -> Path:
    """Writes the description that tells the loader of a driver."""
    file = work / "nvidia_icd.json"
    file.write_text(json.dumps({"file_format_version": "1.0.0", "ICD": {"library_path": library, "api_version": "1.3.0"}}))
    return file


def cuda(work: Path, env: Mapping[str, str]) -> dict[str, str]:
    """What the program's CUDA needs from elsewhere: NVIDIA's mathematics as bitcode, which PyTorch's compiler brings along."""
    roots = [Path(root) for root in ("/usr/local/cuda", "/opt/cuda", "/usr/lib/cuda", "/usr")]
    bitcode = Path("nvvm") / "libdevice" / "libdevice.10.bc"
    if env.get("CUDA_PATH") or any((root / bitcode).is_file() for root in roots):
        return {}
    packages = [Path(place) for place in sys.path if place and (Path(place) / "torch").is_dir()]
    found = [file for place in packages for part in ("triton", "nvidia") for file in sorted((place / part).rglob("libdevice.10.bc"))]
    if not found:
        return {}
    place = work / "cuda" / bitcode
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(found[0].read_bytes())
    return {"CUDA_PATH": str(work / "cuda")}


def python(limit: float = 60.0) -> dict[str, Any]:
    """The libraries to compare with, as this Python has them; a version is nothing where it has none."""
    asked = """
import json
found = {}
for name in ("torch", "torchvision", "kornia"):
    try:
        found[name] = __import__(name).__version__
    except Exception as error:
        found[name] = None
        found[name + "_missing"] = str(error).splitlines()[0] if str(error) else type(error).__name__
if found["torch"]:
    import torch
    found["cuda"] = torch.cuda.get_device_name() if torch.cuda.is_available() else None
print(json.dumps(found))
"""
    line = output([sys.executable, "-c", asked], limit).splitlines()
    found = json.loads(line[-1]) if line else {"torch": None, "torch_missing": f"asking for it took longer than {limit:.0f} s or crashed"}
    return {"version": platform.python_version(), **found}


def machine() -> dict[str, Any]:
    """Processor, cores, memory, system."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": name, "cores": cores, "memory_gib": round(memory / 2**30), "system": f"{platform.system()} {platform.release()}"}
