#!/usr/bin/env python3
"""Teaches an older AWS CLI or boto3 the service qbusiness as it is now.

    aws_model.py model/qbusiness.json DIR

writes DIR/qbusiness/VERSION/service-2.json and paginators-1.json from the facts
of our own model. With AWS_DATA_PATH=DIR both clients read those instead of the
ones they came with.
"""

import json
import pathlib
import sys

LOCATIONS = {"label": "uri", "query": "querystring", "header": "header"}


def member(fact):
    out = {"shape": fact["shape"]}
    if "location" in fact:
        out["location"] = LOCATIONS[fact["location"]]
    if fact.get("idempotencyToken"):
        out["idempotencyToken"] = True
    return out


def shape(fact):
    out = {k: fact[k] for k in ("type", "required", "enum", "min", "max", "pattern", "sensitive",
                                "union", "document", "eventstream", "event", "payload") if k in fact}
    if fact["type"] == "structure":
        out["members"] = {}
        for name, m in fact.get("members", {}).items():
            out["members"][name] = member(m)
            if "location" in m:
                out["members"][name]["locationName"] = m.get("name", name)
    if fact["type"] == "list":
        out["member"] = {"shape": fact["member"]}
    if fact["type"] == "map":
        out["key"], out["value"] = {"shape": fact["key"]}, {"shape": fact["value"]}
    if "error" in fact:
        out["error"] = {"httpStatusCode": fact["error"], "senderFault": fact["error"] < 500}
        out["exception"] = True
    return out


def operation(name, fact):
    out = {"name": name, "http": {"method": fact["method"], "requestUri": fact["uri"], "responseCode": 200}}
    if "input" in fact:
        out["input"] = {"shape": fact["input"]}
    if "output" in fact:
        out["output"] = {"shape": fact["output"]}
    out["errors"] = [{"shape": e} for e in fact.get("errors", [])]
    return out


def service(model):
    name, version = model["service"], model["version"]
    return {
        "version": "2.0",
        "metadata": {
            "apiVersion": version, "endpointPrefix": name, "signingName": name, "signatureVersion": "v4",
            "protocol": "rest-json", "serviceId": "QBusiness", "serviceFullName": "QBusiness", "uid": f"{name}-{version}",
        },
        "operations": {n: operation(n, o) for n, o in model["operations"].items()},
        "shapes": {n: shape(s) for n, s in model["shapes"].items()},
    }


def paginators(model):
    """An operation has pages if a token goes in and comes out; they are of its one list."""
    shapes, pages = model["shapes"], {}
    for name, fact in model["operations"].items():
        taken = shapes.get(fact.get("input"), {}).get("members", {})
        given = shapes.get(fact.get("output"), {}).get("members", {})
        lists = [n for n, m in given.items() if shapes[m["shape"]]["type"] == "list"]
        if "nextToken" in taken and "nextToken" in given and len(lists) == 1:
            pages[name] = {"input_token": "nextToken", "output_token": "nextToken",
                           "limit_key": "maxResults", "result_key": lists[0]}
    return {"pagination": pages}


def main():
    source, target = sys.argv[1:]
    model = json.loads(pathlib.Path(source).read_text(encoding="utf-8"))
    folder = pathlib.Path(target, model["service"], model["version"])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ("service-2.json", service(model)), ("paginators-1.json", paginators(model)):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


if __name__ == "__main__":
    main()
