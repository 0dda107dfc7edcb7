"""Reads YAML documents (hex, one a line) and answers each with what PyYAML's safe_load makes of it, as JSON."""

import datetime
import json
import struct
import sys

import yaml

sys.setrecursionlimit(10000)
if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(4300)


def described(value):
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float):
        return ["float", "nan" if value != value else struct.pack(">d", value + 0.0).hex()]
    if isinstance(value, str):
        lone = any("\ud800" <= char <= "\udfff" for char in value)
        return ["unsupported", "lone surrogate"] if lone else ["str", value]
    if isinstance(value, datetime.datetime):
        offset = value.utcoffset()
        clock = value.replace(tzinfo=None).isoformat(timespec="microseconds")
        return ["datetime", clock, None if offset is None else int(offset.total_seconds())]
    if isinstance(value, datetime.date):
        return ["date", value.isoformat()]
    if isinstance(value, list):
        return ["seq"] + [described(item) for item in value]
    if isinstance(value, dict):
        return ["map"] + [[described(key), described(item)] for key, item in value.items()]
    return ["unsupported", type(value).__name__]


def answer(data):
    try:
        return {"value": described(yaml.safe_load(data))}
    except Exception as error:
        mark = getattr(error, "problem_mark", None)
        place = None if mark is None else [mark.line + 1, mark.column + 1]
        return {"error": str(error), "place": place}


for line in sys.stdin:
    print(json.dumps(answer(bytes.fromhex(line.strip()))), flush=True)
