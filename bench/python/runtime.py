"""What every function here needs: it checks the keys of requests, and answers the events of the Runtime API."""

import hashlib
import hmac
import http.client
import json
import os

import boto3

table = os.environ["ALLOCORA_TABLE"]
dynamodb = boto3.client("dynamodb")
keys = {}


def get(partition, sort):
    key = {"PK": {"S": partition}, "SK": {"S": sort}}
    answer = dynamodb.batch_get_item(RequestItems={table: {"Keys": [key], "ConsistentRead": True}})
    return next(iter(answer["Responses"].get(table, [])), None)


def authenticate(event):
    """Checks the key of a request, and remembers it. Returns the id of its workspace."""
    _, _, key_id, secret = event["headers"]["authorization"].removeprefix("Bearer ").split("_")
    if key_id not in keys:
        key = get(f"K#{key_id}", "K")
        dynamodb.query(
            TableName=table,
            ConsistentRead=True,
            KeyConditionExpression="PK = :p",
            ExpressionAttributeValues={":p": {"S": "W#" + key["workspace_id"]["S"]}},
        )
        keys[key_id] = key
    key = keys[key_id]
    if not hmac.compare_digest(hashlib.sha256(secret[:64].encode()).hexdigest(), key["secret_hash"]["S"]):
        raise PermissionError("wrong key")
    return key["workspace_id"]["S"]


def answer(body, status=200):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def serve(handle):
    # Opens the connection before the first request.
    get("NOTHING", "NOTHING")
    runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        runtime.request("GET", "/2018-06-01/runtime/invocation/next")
        response = runtime.getresponse()
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        result = json.dumps(handle(json.loads(response.read())))
        runtime.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", result)
        runtime.getresponse().read()
