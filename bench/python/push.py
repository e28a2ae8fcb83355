"""Sends a CSV file of revenues as a straightforward script does: 100 at a time, one request after another."""
import csv, http.client, json, os, sys
from urllib.parse import urlsplit

BATCH = 100


def send(connection, records):
    headers = {"Authorization": f"Bearer {os.environ['ALLOCORA_API_KEY']}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/revenues/batch", json.dumps({"records": records}), headers)
    response = connection.getresponse()
    answer = json.load(response)
    if response.status != 200:
        sys.exit(f"{response.status}: {answer}")
    return answer["meta"]["created"]


connection = http.client.HTTPConnection(urlsplit(os.environ["ALLOCORA_BASE_URL"]).netloc)
created, records = 0, []
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        records.append(row)
        if len(records) == BATCH:
            created += send(connection, records)
            records = []
if records:
    created += send(connection, records)
print(created)
