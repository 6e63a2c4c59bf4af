"""Counts the nuclei of a picture by class: ``detect.py PICTURE DATASET MPP``.

Needs nothing but Python. ``UNICELL_URL`` says where a tier answers, ``UNICELL_KEY`` is the bearer key where the
service wants one.
"""

import json
import mimetypes
import os
import sys
import urllib.error
import urllib.parse
import urllib.request


def detect(picture: str, dataset: str, mpp: str) -> dict:
    """The answer of ``POST /v1/detect`` as it comes."""
    query = urllib.parse.urlencode({"dataset": dataset, "mpp": mpp})
    headers = {"Content-Type": mimetypes.guess_type(picture)[0] or "application/octet-stream"}
    if "UNICELL_KEY" in os.environ:
        headers["Authorization"] = f"Bearer {os.environ['UNICELL_KEY']}"
    with open(picture, "rb") as file:
        url = f"{os.environ['UNICELL_URL']}/v1/detect?{query}"
        request = urllib.request.Request(url, file.read(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        # RFC 9457: the detail is for people, the code for programs.
        problem = json.load(error)
        sys.exit(f"{problem['code']}: {problem['detail']}")


answer = detect(*sys.argv[1:4])
for result in answer["datasets"]:
    for one in result["classes"]:
        print(f"{result['id']}\t{one['label']}\t{one['count']}\t{one['perMm2']:.0f} per mm2")
