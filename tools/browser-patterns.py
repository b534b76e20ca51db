#!/usr/bin/env python3
"""Makes gateway/src/browser/patterns.json of uap-core's regexes.yaml: browsers, systems, and which of them are crawlers.

usage: python3 tools/browser-patterns.py REGEXES.YAML > gateway/src/browser/patterns.json
       npx biome format --write gateway/src/browser/patterns.json

The crate ua-parser brings the file along, as uap-core/regexes.yaml in its source. Needs PyYAML.
"""

import json
import sys

import yaml

# Words of patterns for programs that show no pages: players, readers, mail and map programs, clients of storage, and what
# watches servers. None of them runs a widget, and each pattern takes memory. Clients for HTTP stay: bots are written with them.
NO_BROWSERS = """
1Password|AntennaPod|AnyConnect|AppleNews|ArcGIS|Airmail|BacaBerita|Barca|Boto3|Box(?:|BoxNotes|CFNetwork|CITA|CardDAV|Clementine
CreativeCloud|Cyberduck|DAVdroid|Download Master|ESPN|Embider|EspnDownload|EurekaClient|Evolution|(FME)|Fancy|Feed Reader
GeoEvent|GlobalProtect|HipChat|JOSM|Kinoma|Kurio|LG Player|Lavf|Lotus-Notes|Luminary|MSOffice|Microsoft Office|Microsoft Outlook
Nextcloud|OpenVAS|OperationsDashboard|Outlook-|Peapod|Player FM|Pocket Casts|PodCruncher|Podcast|Podkicker|Postbox|PyAMF|QGIS
QuickTime|RHYTHM|RSSRadio|RSS_Radio|(Replay)|S3 Browser|S3Gof3r|SAP NetWeaver|Salesforce|Skype|Stitcher|Streaming Player|Superhuman
Tableau|Thunderbird|Transmit|Tygron|VLC|VOX|WMPlayer|Zune|amarok|arcgis|audioboom|bPod|(cf)|com.esri|espn|foobar|go-cli|ibm-cos
iaFree|minio|mirall|orkforce|ownCloud|philpodder|ping-service|podracer|rclone|rusoto|sap-leonardo|surveyon|vlc|ZDM
"""
# Longer ones are lists that name browsers, too.
LONGEST = 400
words = [word for line in NO_BROWSERS.split("\n") for word in line.split("|") if word]

with open(sys.argv[1], encoding="utf-8") as file:
    patterns = yaml.safe_load(file)
# Of devices only crawlers are told: makers and models would take more memory than all else.
patterns["device_parsers"] = [
    device for device in patterns["device_parsers"] if device.get("device_replacement") == "Spider"
]
patterns["user_agent_parsers"] = [
    browser
    for browser in patterns["user_agent_parsers"]
    if len(browser["regex"]) > LONGEST or not any(word in browser["regex"] for word in words)
]
json.dump(patterns, sys.stdout, indent=2, ensure_ascii=False)
print()
