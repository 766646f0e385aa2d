"""Reads configuration files as botocore does, for tests/aws: JSON in on stdin, JSON out on stdout.

Input: a list of {"config": path, "credentials": path, "profiles": [name, ...]}. Output, for each:
{"sections": {"profile NAME": {"key": "value", "block.key": "value"}, ...} or null when botocore
refuses the file, "chains": {NAME: {"hops": [...], "keys": [...]} or null}}. Nothing is called.
"""

import datetime
import json
import os
import sys

import botocore.configloader
import botocore.credentials
import botocore.exceptions
import botocore.session

# A time without an end: the credentials below must never look stale.
EXPIRY = datetime.datetime(2999, 1, 1, tzinfo=datetime.timezone.utc)


def flatten(section):
    flat = {}
    for key, value in section.items():
        if isinstance(value, dict):
            flat.update({f"{key}.{inner}": text for inner, text in value.items()})
        else:
            flat[key] = value
    return {key: value for key, value in flat.items() if value != ""}


def sections_of(case):
    try:
        config = botocore.configloader.load_config(case["config"])
        credentials = botocore.configloader.raw_config_parse(case["credentials"])
    except botocore.exceptions.BotoCoreError:
        return None
    found = {"config": {}, "credentials": {}}
    for kind, group in [("profile", "profiles"), ("services", "services")]:
        for name, section in config[group].items():
            found["config"][f"{kind} {name}"] = flatten(section)
    for name, section in credentials.items():
        found["credentials"][f"profile {name}"] = flatten(section)
    return found


class Sts:
    """Stands in for an STS client: answers with keys that name the hop."""

    def __init__(self, hops, keys):
        self.hops, self.keys = hops, keys

    def assume_role(self, **params):
        self.hops.append({
            "role": params["RoleArn"],
            "externalId": params.get("ExternalId"),
            "duration": params.get("DurationSeconds"),
            "sessionName": params.get("RoleSessionName"),
            "caller": list(self.keys),
        })
        name = f"hop{len(self.hops)}"
        return {
            "Credentials": {
                "AccessKeyId": name,
                "SecretAccessKey": name,
                "SessionToken": name,
                "Expiration": EXPIRY,
            },
            "AssumedRoleUser": {"Arn": "arn:aws:sts::123456789012:assumed-role/r/s", "AssumedRoleId": "r"},
        }


def chain_of(case, name):
    os.environ["AWS_CONFIG_FILE"] = case["config"]
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = case["credentials"]
    hops = []

    def client(service, **kwargs):
        return Sts(hops, [kwargs["aws_access_key_id"], kwargs["aws_secret_access_key"], kwargs["aws_session_token"] or None])

    try:
        session = botocore.session.Session(profile=name)
        resolver = botocore.credentials.create_credential_resolver(session, cache={})
        resolver.get_provider("assume-role")._client_creator = client
        # Only what the profile says counts: no machine, container or other file of this host.
        for method in ["ec2-credentials-file", "boto-config", "container-role", "iam-role"]:
            resolver.remove(method)
        credentials = resolver.load_credentials()
        if credentials is None or "process" in credentials.method:
            return None
        frozen = credentials.get_frozen_credentials()
    except Exception:
        return None
    return {"hops": hops, "keys": [frozen.access_key, frozen.secret_key, frozen.token or None]}


def main():
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    answers = []
    for case in json.load(sys.stdin):
        chains = {name: chain_of(case, name) for name in case["profiles"]}
        answers.append({"sections": sections_of(case), "chains": chains})
    json.dump(answers, sys.stdout)


main()
