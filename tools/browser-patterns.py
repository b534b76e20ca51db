#!/usr/bin/env python3
"""Makes gateway/src/browser/patterns.json of uap-core's regexes.yaml: browsers, systems, and which of them are crawlers.

usage: python3 tools/browser-patterns.py REGEXES.YAML > gateway/src/browser/patterns.json
       npx biome format --write gateway/src/browser/patterns.json

The crate ua-parser brings the file along, as uap-core/regexes.yaml in its source. Needs PyYAML.
"""

import json
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    patterns = yaml.safe_load(file)
# Of devices only crawlers are told: makers and models would take more memory than all else.
patterns["device_parsers"] = [
    device for device in patterns["device_parsers"] if device.get("device_replacement") == "Spider"
]
json.dump(patterns, sys.stdout, indent=2, ensure_ascii=False)
print()
