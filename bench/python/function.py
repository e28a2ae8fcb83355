"""Reads one payee as the function `payees` does: the same DynamoDB calls at the same times, and nothing else."""

from runtime import answer, authenticate, get, serve


def handle(event):
    workspace = authenticate(event)
    payee = get(f"W#{workspace}#PAYEE", "E#" + event["rawPath"].rsplit("/", 1)[1])
    return answer({"data": {"id": payee["id"]["S"], "name": payee["name"]["S"], "version": int(payee["version"]["N"])}})


serve(handle)
