"""Reads one payee as the function `payees` does: the same DynamoDB calls at the same times, and nothing else."""

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


def authenticate(token):
    """Checks the key, and remembers it."""
    _, _, key_id, secret = token.split("_")
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


def handle(event):
    workspace = authenticate(event["headers"]["authorization"].removeprefix("Bearer "))
    payee = get(f"W#{workspace}#PAYEE", "E#" + event["rawPath"].rsplit("/", 1)[1])
    data = {"id": payee["id"]["S"], "name": payee["name"]["S"], "version": int(payee["version"]["N"])}
    headers = {"content-type": "application/json"}
    return {"statusCode": 200, "headers": headers, "body": json.dumps({"data": data})}


# Opens the connection before the first request.
get("NOTHING", "NOTHING")
runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    runtime.request("GET", "/2018-06-01/runtime/invocation/next")
    response = runtime.getresponse()
    request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
    answer = json.dumps(handle(json.loads(response.read())))
    runtime.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", answer)
    runtime.getresponse().read()
