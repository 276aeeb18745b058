"""What things are called: plain names, stages, the files of a project. Light, so that the gate can start with it."""

from __future__ import annotations

from typing import Literal

#: Names become folder names and digests' neighbours: short, ASCII, lower case.
NAME_PATTERN = r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?"
Stages = Literal["shadow", "trial", "release"]
STAGES: tuple[Stages, ...] = ("shadow", "trial", "release")
CHARTER_FILE, CONTRACT_FILE, POLICY_FILE, LOG_FOLDER = "charter.yaml", "contract.yaml", "policy.yaml", "log"
#: What a project's `.gitattributes` says: evidence is held byte for byte, so git converts no line ends.
ATTRIBUTES_FILE = ".gitattributes"
ATTRIBUTES = b"# Digests hold what is written here: git leaves line ends as they are.\n* -text\n"
