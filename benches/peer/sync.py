"""The obvious script, for comparison: requests, PyYAML and git, doing the same job as a sync.

It asks EvalAI for the challenge and its phases, puts what it holds into challenge_config.yaml and the
templates, and commits and pushes what changed. As such scripts do, it reads the whole configuration and writes
it anew.
"""

import json
import pathlib
import subprocess
import sys

import requests
import yaml

TEXTS = {
    "title": "title",
    "short_description": "short_description",
    "start_date": "start_date",
    "end_date": "end_date",
    "published": "published",
}
PAGES = {
    "description": "description",
    "evaluation_details": "evaluation_details",
    "terms_and_conditions": "terms_and_conditions",
    "submission_guidelines": "submission_guidelines",
}
PHASE = ["name", "leaderboard_public", "is_public", "start_date", "end_date", "max_submissions_per_day"]


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def main(challenge):
    host = json.loads(pathlib.Path("github/host_config.json").read_text())
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {host['token']}"
    api = host["evalai_host_url"] + "/api/challenges/"

    def get(path):
        answer = session.get(api + path, timeout=30)
        answer.raise_for_status()
        return answer.json()

    held = get(f"challenge/{challenge}/")
    phases = get(f"{challenge}/phases/")
    get(f"{challenge}/challenge_phase_split")

    path = pathlib.Path("challenge_config.yaml")
    config = yaml.safe_load(path.read_text())
    for key, source in TEXTS.items():
        config[key] = held[source]
    for key, source in PAGES.items():
        if config.get(key):
            pathlib.Path(config[key]).write_text(held[source] or "")
    by_id = {phase["config_id"]: phase for phase in phases if "config_id" in phase}
    for mine, theirs in zip(config["challenge_phases"], phases):
        theirs = by_id.get(mine["id"], theirs)
        for key in PHASE:
            mine[key] = theirs[key]
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))

    git("add", "-A")
    if git("status", "--porcelain"):
        git("commit", "-q", "-m", "Sync from EvalAI")
        git("push", "-q", "origin", "HEAD")


if __name__ == "__main__":
    main(sys.argv[1])
