"""Who botocore is with each profile named in the arguments: prints {profile: ARN or null}.

The environment says where everything is, and keeps it from the metadata of this machine.
"""

import json
import sys

import botocore.session

found = {}
for profile in sys.argv[1:]:
    try:
        session = botocore.session.Session(profile=profile)
        found[profile] = session.create_client("sts").get_caller_identity()["Arn"]
    except Exception as error:
        print(profile, repr(error)[:300], file=sys.stderr)
        found[profile] = None
json.dump(found, sys.stdout)
